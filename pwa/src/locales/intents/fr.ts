/** What a person did, in French: one sentence for each intent that the app writes. */

export const fr = {
  alert: { acknowledge: "Alerte prise en charge" },
  approval: {
    approved: "Visa donné",
    rejected: "Visa refusé",
    returned: "Demande renvoyée à son auteur",
  },
  baseline: { take: "Planning de référence figé" },
  comment: { write: "Commentaire" },
  conflict: {
    settle: "Divergence tranchée",
    restore: "Valeur écartée reprise",
  },
  expense: { record: "Dépense saisie" },
  incident: { report: "Incident signalé" },
  member: {
    add: "Membre ajouté au projet",
    role: "Rôle changé dans le projet",
    remove: "Membre retiré du projet",
  },
  person: { role: "Rôle changé dans l'organisation" },
  profile: { change: "Profil modifié" },
  project: { begin: "Projet créé", move: "État du projet changé" },
  report: { write: "Rapport journalier écrit", submit: "Rapport journalier soumis" },
  request: {
    submit: "Demande de budget",
    submitted: "Demande soumise",
    withdrawn: "Demande retirée",
  },
  task: {
    move: "État d'une tâche changé",
    report: "Avancement d'une tâche",
    note: "Note sur une tâche",
  },
};

export type IntentWords = typeof fr;
