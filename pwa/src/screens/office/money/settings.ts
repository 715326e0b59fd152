/** The row that holds a project's rules of money: one a project, its id known without asking. */

/** Return its id: the project's as a UUID of version 8, as `sync.tables.budget` has it. */
export function settingsId(project: string): string {
  return `${project.slice(0, 14)}8${project.slice(15)}`;
}
