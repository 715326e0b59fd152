/** What a person did, in French: one sentence for each intent that the app writes. */

export const fr = {
  alert: {
    acknowledge: "Alerte prise en charge",
    mute: "Alerte en sourdine",
    rule: "Règle d'alerte modifiée",
  },
  approval: {
    approved: "Visa donné",
    rejected: "Visa refusé",
    returned: "Demande renvoyée à son auteur",
  },
  baseline: { take: "Planning de référence figé" },
  budget: {
    write: "Budget modifié",
    lock: "Budget verrouillé",
    rule: "Règles financières modifiées",
    write_line: "Ligne de budget modifiée",
    drop_line: "Ligne de budget supprimée",
  },
  checklist: {
    tick: "Point de contrôle coché",
    untick: "Coche retirée",
    add: "Point de contrôle ajouté",
    drop: "Point de contrôle supprimé",
  },
  claim: {
    write: "Ligne de facture écrite",
    delete: "Ligne de facture supprimée",
  },
  comment: { write: "Commentaire" },
  conflict: {
    settle: "Divergence tranchée",
    restore: "Valeur écartée reprise",
  },
  expense: { record: "Dépense saisie", cover: "Dépense rattachée à une facture" },
  incident: { report: "Incident signalé" },
  link: { add: "Lien entre tâches ajouté", delete: "Lien entre tâches supprimé" },
  member: {
    add: "Membre ajouté au projet",
    role: "Rôle changé dans le projet",
    remove: "Membre retiré du projet",
  },
  notice: { choose: "Façon d'être prévenu choisie", quiet: "Heures calmes choisies" },
  paper: {
    write: "Pièce saisie",
    change: "Pièce modifiée",
    delete: "Brouillon supprimé",
    submitted: "Bon de commande soumis",
    pending: "Facture envoyée au visa",
    draft: "Pièce retirée",
    cancelled: "Pièce annulée",
    closed: "Bon de commande soldé",
    approved: "Bon de commande rouvert",
    paid: "Paiement fait",
    reversed: "Paiement contre-passé",
  },
  permit: {
    request: "Permis de travail demandé",
    step: "Étape d'un permis de travail",
  },
  person: { role: "Rôle changé dans l'organisation" },
  profile: { change: "Profil modifié" },
  project: { begin: "Projet créé", move: "État du projet changé" },
  punch: {
    note: "Réserve notée",
    move: "État d'une réserve changé",
    photo: "Photo d'une réserve",
  },
  report: {
    write: "Rapport journalier écrit",
    line: "Ligne de rapport",
    sign: "Rapport signé",
    submit: "Rapport journalier soumis",
    approve: "Rapport approuvé",
    return: "Rapport renvoyé",
    revise: "Révision d'un rapport",
  },
  request: {
    submit: "Demande de budget",
    submitted: "Demande soumise",
    withdrawn: "Demande retirée",
  },
  task: {
    plan: "Tâche planifiée",
    place: "Tâche déplacée dans l'arbre",
    delete: "Tâche supprimée",
    move: "État d'une tâche changé",
    report: "Avancement d'une tâche",
    note: "Note sur une tâche",
  },
};

export type IntentWords = typeof fr;
