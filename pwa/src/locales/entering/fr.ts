/** French, for the ways in: invitations, new passwords, one-time codes. */

export const fr = {
  invitation: "Votre invitation",
  ask_again: "Demandez une nouvelle invitation à la personne qui vous a invité.",
  invited_as: "Vous êtes invité dans Derrick avec le rôle : {{role}}.",
  invited_projects_one: "Un projet vous attend.",
  invited_projects_other: "{{count}} projets vous attendent.",
  login_help: "C'est avec lui que vous vous connecterez.",
  name: "Votre nom",
  choose_password: "Choisissez un mot de passe",
  enter: "Entrer dans Derrick",
  ask_letter: "Recevoir un lien par message",
  letter_sent: "Si quelqu'un a cet identifiant, un lien vient de lui être envoyé.",
  codes: {
    title: "Codes à usage unique",
    required: "Votre rôle exige un code à usage unique à chaque connexion.",
    scan: "Scannez cette image avec votre application de codes.",
    picture: "Code QR à scanner",
    by_hand: "Ou saisissez cette clé à la main :",
    same_phone: "L'application est sur ce téléphone",
    first: "Code affiché par l'application",
    confirm: "Activer les codes",
    spares: "Codes de secours",
    spares_words:
      "Chacun sert une fois, si vous perdez votre téléphone. Ils ne seront plus montrés : notez-les.",
    keep_file: "Les garder dans un fichier",
    noted: "Je les ai notés",
    go_on: "Continuer",
  },
  role: {
    administrator: "administrateur",
    manager: "chef de projet",
    accountant: "comptable",
    supervisor: "superviseur",
    employee: "équipier",
    auditor: "auditeur",
  },
};

export type EnteringWords = typeof fr;
