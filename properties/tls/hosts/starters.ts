/** How each role of a run is started; each is loaded when it is first needed, as a process has one of them. */

const starters = {
  core: async () => (await import('./core-role.ts')).startCore,
  provider: async () => (await import('./provider-role.ts')).startProvider,
  invoker: async () => (await import('./invoker-role.ts')).startInvoker,
};

/** `provider`: the AEF with its publisher. */
export type RoleName = keyof typeof starters;
type Start<R extends RoleName> = Awaited<ReturnType<(typeof starters)[R]>>;
export type OptionsOf<R extends RoleName> = Parameters<Start<R>>[0];
export type StartedRole<R extends RoleName> = Awaited<ReturnType<Start<R>>>;

export const starterOf = <R extends RoleName>(role: R) => starters[role]() as unknown as Promise<Start<R>>;
