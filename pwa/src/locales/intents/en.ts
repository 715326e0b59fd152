/** What a person did, in English. */

import type { IntentWords } from "./fr";

export const en: IntentWords = {
  alert: {
    acknowledge: "Alert taken in charge",
    mute: "Alert muted",
    rule: "Rule of alerts changed",
  },
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
  checklist: {
    tick: "Checklist item ticked",
    untick: "Tick taken back",
    add: "Checklist item added",
    drop: "Checklist item deleted",
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
  link: { add: "Link between tasks added", delete: "Link between tasks deleted" },
  member: {
    add: "Member added to the project",
    role: "Role changed in the project",
    remove: "Member removed from the project",
  },
  notice: { choose: "Way of being told chosen", quiet: "Quiet hours chosen" },
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
  permit: {
    request: "Permit to work requested",
    step: "Step of a permit to work",
  },
  person: { role: "Role changed in the organisation" },
  profile: { change: "Profile changed" },
  project: { begin: "Project begun", move: "State of the project changed" },
  punch: {
    note: "Defect noted",
    move: "State of a defect changed",
    photo: "Photo of a defect",
  },
  report: {
    write: "Daily report written",
    line: "Line of a report",
    sign: "Report signed",
    submit: "Daily report submitted",
    approve: "Report approved",
    return: "Report sent back",
    revise: "Revision of a report",
  },
  request: {
    submit: "Budget request",
    submitted: "Request submitted",
    withdrawn: "Request withdrawn",
  },
  task: {
    plan: "Task planned",
    place: "Task moved in the tree",
    delete: "Task deleted",
    move: "State of a task changed",
    report: "Progress of a task",
    note: "Note on a task",
  },
};
