/** What a person did, in English. */

import type { IntentWords } from "./fr";

export const en: IntentWords = {
  alert: { acknowledge: "Alert taken in charge" },
  approval: {
    approved: "Approval given",
    rejected: "Approval refused",
    returned: "Request sent back to its author",
  },
  baseline: { take: "Baseline schedule taken" },
  budget: {
    write: "Budget changed",
    lock: "Budget locked",
    rule: "Rules of money changed",
    write_line: "Budget line changed",
    drop_line: "Budget line deleted",
  },
  claim: {
    write: "Invoice line written",
    delete: "Invoice line deleted",
  },
  comment: { write: "Comment" },
  conflict: {
    settle: "Conflict settled",
    restore: "Set-aside value taken back",
  },
  expense: { record: "Expense recorded", cover: "Expense covered by an invoice" },
  incident: { report: "Incident reported" },
  member: {
    add: "Member added to the project",
    role: "Role changed in the project",
    remove: "Member removed from the project",
  },
  paper: {
    write: "Paper entered",
    change: "Paper changed",
    delete: "Draft deleted",
    submitted: "Purchase order submitted",
    pending: "Invoice sent for approval",
    draft: "Paper withdrawn",
    cancelled: "Paper cancelled",
    closed: "Purchase order closed",
    approved: "Purchase order reopened",
    paid: "Payment made",
    reversed: "Payment reversed",
  },
  person: { role: "Role changed in the organisation" },
  profile: { change: "Profile changed" },
  project: { begin: "Project begun", move: "State of the project changed" },
  report: { write: "Daily report written", submit: "Daily report submitted" },
  request: {
    submit: "Budget request",
    submitted: "Request submitted",
    withdrawn: "Request withdrawn",
  },
  task: { move: "State of a task changed", report: "Progress of a task", note: "Note on a task" },
};
