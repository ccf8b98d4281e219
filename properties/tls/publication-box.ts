/** Between the publisher and the core (CAPIF-4): each publication waits until it is delivered, delayed or lost. */
import type { PublicationNetwork } from '../../runtime/publishing/service-api-resource.ts';
import type { MiddleBox } from './middle-box.ts';

type Outcome = Awaited<ReturnType<PublicationNetwork>>;
type Waiting = { revision: number; send(): Promise<Outcome>; settle(outcome: Outcome): void; awaited: boolean };

/** The acknowledgement of this publication leads to the initial state of the model. */
const firstRevision = 1;
const cut: Outcome = { outcome: 'cut', because: 'lost on its way', mayHaveBeenExecuted: true };

/** `over`: the middle box of their connections. */
export function publicationBox(over: MiddleBox) {
  const asking: Waiting[] = [];
  const answered: { revision: number; outcome: Promise<Outcome>; settle(outcome: Outcome): void }[] = [];

  function take<T extends { revision: number }>(from: T[], revision: number, isMeant: (one: T) => boolean): T {
    const at = from.findIndex((one) => one.revision === revision && isMeant(one));
    if (at < 0) throw new Error(`no publication of revision ${revision} is under way`);
    return from.splice(at, 1)[0]!;
  }
  const isAwaited = ({ awaited }: Waiting) => awaited;

  async function send(publication: Waiting): Promise<Outcome> {
    over.setOpen(true);
    const outcome = await publication.send();
    over.setOpen(false);
    return outcome;
  }

  const network: PublicationNetwork = (revision, send) => {
    if (revision === firstRevision) return send();
    return new Promise((settle) => asking.push({ revision, send, settle, awaited: true }));
  };

  return {
    network,
    /** Resolves once the core has answered; the answer does not reach the publisher yet. */
    async deliverRequest(revision: number): Promise<void> {
      const publication = take(asking, revision, isAwaited);
      const outcome = send(publication);
      answered.push({ revision, outcome, settle: publication.settle });
      await outcome;
    },
    async deliverAnswer(revision: number): Promise<void> {
      const { outcome, settle } = take(answered, revision, () => true);
      settle(await outcome);
    },
    loseRequest: (revision: number) => take(asking, revision, isAwaited).settle(cut),
    loseAnswer: (revision: number) => take(answered, revision, () => true).settle(cut),
    /** The publisher learns that the request is lost, but it is still on its way. */
    delay(revision: number): void {
      const publication = take(asking, revision, isAwaited);
      publication.settle(cut);
      asking.push({ ...publication, awaited: false });
    },
    /** A second request with the same content is on its way; nobody waits for its answer. */
    repeat(revision: number): void {
      const publication = take(asking, revision, isAwaited);
      asking.push(publication, { ...publication, awaited: false });
    },
    async deliverLate(revision: number): Promise<void> {
      await send(take(asking, revision, (one) => !one.awaited));
    },
    loseLate(revision: number): void {
      take(asking, revision, (one) => !one.awaited);
    },
  };
}
