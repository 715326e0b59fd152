declare module "virtual:sync-worker" {
  /** The address of the worker that synchronises. */
  const address: string;
  export default address;
}
