/** What stops an approved proposal before anything is written, and what is put back when a commit fails. */
import { expect, test } from 'vitest';
import { carryOut } from '../../src/agent/carry-out.ts';
import type { Decision, Proposal } from '../../src/agent/events.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Ports, Repo, RepoStatus } from '../../src/engine/ports.ts';
import { sandboxed, world } from '../fakes/ports.ts';

const clean: RepoStatus = { root: '.', branch: 'main', head: 'aaaaaaa', dirty: [], identity: true };
const yes: Decision = { kind: 'approve' };

const proposal = {
  id: 'one',
  request: 'add port 8443',
  reason: '',
  edits: [],
  files: [{ path: 'phases/a.yaml', before: 'old', after: 'new' }],
  plan: { id: 'plan', actions: [], guardrails: [] },
  diagnostics: [],
  notes: [],
  level: { kind: 'moderate' },
  head: 'aaaaaaa',
} as unknown as Proposal;

interface Written {
  readonly ports: Ports;
  readonly writes: (string | undefined)[];
}

function repository(status: RepoStatus, text = 'old'): Written {
  const writes: (string | undefined)[] = [];
  const repo = {
    status: async () => status,
    read: async () => ({ files: [{ path: 'phases/a.yaml', text }], diagnostics: [] }),
    write: async (files: readonly { readonly text: string | undefined }[]) => void writes.push(...files.map((file) => file.text)),
    commit: async () => {
      throw new IalError('GIT_FAILED', 'a hook refused the commit', { reason: 'hook' } as never);
    },
  } as unknown as Repo;
  return { ports: { ...world().process().ports, repo }, writes };
}

const run = ({ ports }: Written, decision: Decision = yes) =>
  carryOut(ports, sandboxed, proposal, decision, { deployLocally: true, load: () => Promise.reject(new Error('not reached')) });

test.each<[string, RepoStatus, string, Decision, string]>([
  ['no yes', clean, 'old', { kind: 'guide', text: 'yes' }, 'not approved'],
  ['another commit since', { ...clean, head: 'bbbbbbb' }, 'old', yes, 'changed since this was proposed'],
  ['the file was edited since', clean, 'edited', yes, 'changed since this was proposed'],
  ['the file has changes of a person', { ...clean, dirty: ['phases/a.yaml'] }, 'old', yes, 'not committed'],
  ['git knows no identity', { ...clean, identity: false }, 'old', yes, 'does not know who commits'],
])('%s: refused, nothing written', async (_name, status, text, decision, message) => {
  const repo = repository(status, text);
  await expect(run(repo, decision)).rejects.toThrow(message);
  expect(repo.writes).toEqual([]);
});

test('a refused commit puts the files back', async () => {
  const repo = repository(clean);
  await expect(run(repo)).rejects.toThrow('a hook refused');
  expect(repo.writes).toEqual(['new', 'old']);
});
