/** English, for the ways in. */

import type { EnteringWords } from "./fr";

export const en: EnteringWords = {
  invitation: "Your invitation",
  ask_again: "Ask the person who invited you for another invitation.",
  invited_as: "You are invited to Derrick with the role: {{role}}.",
  invited_projects_one: "One project awaits you.",
  invited_projects_other: "{{count}} projects await you.",
  login_help: "You will log in with it.",
  name: "Your name",
  choose_password: "Choose a password",
  enter: "Enter Derrick",
  ask_letter: "Get a link by message",
  letter_sent: "If somebody has this login, a link was just sent to it.",
  codes: {
    title: "One-time codes",
    required: "Your role asks for a one-time code at each login.",
    scan: "Scan this picture with your authenticator app.",
    picture: "QR code to scan",
    by_hand: "Or enter this key by hand:",
    same_phone: "The app is on this phone",
    first: "Code that the app shows",
    confirm: "Turn the codes on",
    spares: "Recovery codes",
    spares_words:
      "Each is good once, should you lose your phone. They are not shown again: write them down.",
    keep_file: "Keep them in a file",
    noted: "I have written them down",
    go_on: "Continue",
  },
  role: {
    administrator: "administrator",
    manager: "manager",
    accountant: "accountant",
    supervisor: "supervisor",
    employee: "crew",
    auditor: "auditor",
  },
};
