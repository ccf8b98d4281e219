/**
 * Which of several processes steps the machines that are kept in one PostgreSQL database: the one whose session holds a lock
 * there. It commits over that very session, so that whoever has lost the lock commits nothing more. And it answers nothing
 * once the database has been silent for `leaseMs`, which the next one waits before it begins: an answer that tells what was
 * read, and needs no commit, is not older than that of another.
 */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type QueryResult, type QueryResultRow } from 'pg';

export type ReplicaOptions = {
  /** As `postgres://user@host:5432/database`. */
  url: string;
  /** Where the others reach this one. */
  address: string;
  leaseMs: number;
  /** Another one is active, there. Heard again and again while that is so. */
  onStandby(activeAt: string): void;
  onError(error: unknown): void;
  /** Ends the waiting. */
  signal: AbortSignal;
};

export type Query = <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<QueryResult<Row>>;

/** The session that holds the lock. */
export type ActiveSession = {
  /** One statement after the other. */
  query: Query;
  /** Throws if the lock may be another's. */
  check(): void;
  /** Resolves with the reason when it is lost. */
  lost: Promise<string>;
  /** Lets the next one begin at once. */
  resign(): Promise<void>;
  /** Ends the session as a killed process would. */
  destroy(): void;
};

/** Any number: this lock, of all that a database can have. */
const lock = 0x6361706966;
const longestPauseMs = 5_000;

/** Resolves when this process is the active one. Rejects when `signal` is aborted. */
export async function becomeActive(options: ReplicaOptions): Promise<ActiveSession> {
  const { leaseMs, onError, signal } = options;
  for (let pauseMs = leaseMs / 4; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const { connect, ...session } = sessionAt(options);
    try {
      await connect();
      await lockTaken(session.query, options);
      return session;
    } catch (error) {
      session.destroy();
      signal.throwIfAborted();
      onError(new Error(`the database cannot be used: ${(error as Error).message}`, { cause: error }));
      await pause(pauseMs, undefined, { signal });
    }
  }
}

type Former = { address: string; resigned: boolean };

async function lockTaken(query: Query, { address, leaseMs, onStandby, signal }: ReplicaOptions): Promise<void> {
  await query('set synchronous_commit = on');
  // So that the server ends the session, and with it the lock, of a process that it cannot reach any more.
  for (const [name, value] of [
    ['tcp_keepalives_idle', 2],
    ['tcp_keepalives_interval', 1],
    ['tcp_keepalives_count', 2],
    ['tcp_user_timeout', 2 * leaseMs],
  ])
    await query(`set ${name} = ${value}`);
  await makeTable(query);
  const isTaken = async () => {
    const { rows } = await query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [lock]);
    return rows[0]?.taken === true;
  };
  const former = async () => (await query<Former>('select address, resigned from active_replica')).rows[0];
  while (!(await isTaken())) {
    onStandby((await former())?.address ?? '');
    await pause(leaseMs / 8, undefined, { signal });
  }
  if ((await former())?.resigned === false) await pause(leaseMs, undefined, { signal });
  await query(
    `insert into active_replica (address, resigned) values ($1, false)
     on conflict (one) do update set address = excluded.address, resigned = false`,
    [address],
  );
}

/** Of two that make the same table at once, one would fail. */
async function makeTable(query: Query): Promise<void> {
  await query('begin');
  await query('select pg_advisory_xact_lock($1)', [lock + 1]);
  await query(
    `create table if not exists active_replica (
       one boolean primary key default true check (one), address text not null, resigned boolean not null)`,
  );
  await query('commit');
}

function sessionAt({ url, leaseMs }: ReplicaOptions): ActiveSession & { connect(): Promise<void> } {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: leaseMs,
    keepAlive: true,
    application_name: 'capif core',
  });
  let confirmedAt = performance.now();
  let because: string | undefined;
  let tellLost: (because: string) => void;
  const lost = new Promise<string>((resolve) => {
    tellLost = resolve;
  });
  /** Ends the session as a killed process would: what waits for an answer is rejected. */
  const lose = (reason: string) => {
    if (because !== undefined) return;
    because = reason;
    clearInterval(beats);
    tellLost(because);
    streamOf(client).destroy();
  };
  let latest: Promise<unknown> = Promise.resolve();
  const query: Query = (text, values) => {
    const result = latest.then(async () => {
      // What the server answers later was true when this was sent.
      const sentAt = performance.now();
      const answered = await client.query(text, values);
      confirmedAt = sentAt;
      return answered;
    });
    latest = result.catch(() => {});
    return result as Promise<never>;
  };
  const isSilent = () => performance.now() - confirmedAt > leaseMs;
  const silence = `the database has not answered for ${leaseMs} ms, so that another replica may be active`;
  const beats = setInterval(() => {
    if (isSilent()) return lose(silence);
    query('select 1').catch((error) => lose(error.message));
  }, leaseMs / 4);
  client.on('error', (error) => lose(error.message));
  client.on('end', () => lose('the database has ended the session'));
  const destroy = () => lose('the session is closed');
  return {
    async connect() {
      await client.connect();
    },
    query,
    check() {
      if (because !== undefined) throw new Error(because);
      if (isSilent()) throw new Error(silence);
    },
    lost,
    async resign() {
      await query('update active_replica set resigned = true').catch(() => {});
      destroy();
    },
    destroy,
  };
}

/** `end` would wait for a server that does not answer. */
const streamOf = (client: Client) => (client as unknown as { connection: { stream: Socket } }).connection.stream;
