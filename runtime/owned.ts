/**
 * What an adapter begins and does not wait for has an owner. An exception that nobody foresaw is reported, and the machine
 * hears that the exchange has failed, so that it costs that exchange and neither a caller nor the process.
 */
export function owned(work: Promise<unknown>, onError: (error: unknown) => void, failed: () => void): void {
  work
    .catch((error) => {
      onError(error);
      failed();
    })
    .catch(onError);
}
