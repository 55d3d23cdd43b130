/** Why is this line there? Who asked, in which words, when, approved by whom, what was deployed, what drifted since. */
import type { Address, Project, SourceFile } from '../model.ts';
import type { CommitInfo, Ports } from '../ports.ts';
import type { DeploymentRecord, DriftFinding } from './records.ts';

/** One place in the phases that the question means, with its story. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly address?: Address;
  /** The commit that brought the line; absent for a line that is not committed yet. */
  readonly commit?: CommitInfo;
  /** The sentence of the request, from the commit's trailer. */
  readonly request?: string;
  readonly approvedBy?: string;
  readonly deployment?: DeploymentRecord;
  readonly drift: readonly DriftFinding[];
}

/** Commits looked through, and places told about. */
const LIMITS = { commits: 200, places: 5 } as const;

const FILLER = new Set(['why', 'is', 'the', 'a', 'an', 'on', 'in', 'of', 'port', 'there', 'open', 'for', 'to', 'was', 'who', 'added']);

type WhyPorts = Pick<Ports, 'repo' | 'state'>;

/** @returns the places that hold every word of the question, oldest commit's words included; empty when nothing fits */
export async function originsOf(ports: WhyPorts, project: Project, question: string): Promise<readonly Origin[]> {
  const words = wordsOf(question);
  if (words.length === 0) return [];
  const places = project.files.filter((file) => file.path.startsWith('phases/')).flatMap((file) => placesIn(file, words));
  const [deployments, open, closed] = await Promise.all([
    ports.state.deployments(500),
    ports.state.openFindings(),
    ports.state.closedFindings(500),
  ]);
  const origins: Origin[] = [];
  for (const place of places.slice(0, LIMITS.places)) {
    const commit = await introducedBy(ports, place);
    const address = addressAt(project, place);
    const since = commit === undefined ? '' : commit.date;
    const drift = [...open, ...closed].filter((finding) => finding.address === address && Date.parse(finding.foundAt) >= Date.parse(since));
    const deployment = commit === undefined ? undefined : await deployedWith(ports, deployments, commit);
    origins.push({
      ...place,
      drift,
      ...(address === undefined ? {} : { address }),
      ...(commit === undefined ? {} : { commit, ...(await askedFor(ports, commit)) }),
      ...(deployment === undefined ? {} : { deployment }),
    });
  }
  return origins;
}

function wordsOf(question: string): string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}_./:-]+/gu) ?? [];
  return words.filter((word) => !FILLER.has(word));
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Lines that hold every word; a number must stand alone (443 is not in 8443). */
function placesIn(file: SourceFile, words: readonly string[]): Place[] {
  const tests = words.map(
    (word) => new RegExp(`(?<![\\p{L}\\p{N}])${word.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu'),
  );
  return file.text.split(/\r?\n/).flatMap((text, index) => {
    return tests.every((test) => test.test(text)) ? [{ file: file.path, line: index + 1, text: text.trim() }] : [];
  });
}

/** The resource whose declaration is the last one at or before the line. */
function addressAt(project: Project, place: Place): Address | undefined {
  const phase = project.phases.find((one) => one.file === place.file);
  const above = (phase?.resources ?? []).filter((resource) => resource.at.line <= place.line);
  return above.sort((a, b) => b.at.line - a.at.line)[0]?.address;
}

/** Newest first through the file's commits: the last one that still has the line brought it. */
async function introducedBy({ repo }: WhyPorts, place: Place): Promise<CommitInfo | undefined> {
  let found: CommitInfo | undefined;
  for (const commit of await repo.log(LIMITS.commits, { paths: [place.file] })) {
    const { files } = await repo.read(commit.sha);
    const text = files.find((file) => file.path === place.file)?.text ?? '';
    if (!text.split(/\r?\n/).some((line) => line.trim() === place.text)) return found;
    found = commit;
  }
  return found;
}

async function deployedWith({ repo }: WhyPorts, deployments: readonly DeploymentRecord[], commit: CommitInfo) {
  const exact = deployments.find((record) => record.commitSha === commit.sha);
  if (exact !== undefined) return exact;
  // A later commit's deployment brought it as well; the oldest such one was the first.
  for (const record of deployments.toReversed()) {
    if (record.commitSha !== undefined && (await repo.isAncestor(commit.sha, record.commitSha))) return record;
  }
  return undefined;
}

async function askedFor({ state }: WhyPorts, { trailers }: CommitInfo): Promise<Pick<Origin, 'request' | 'approvedBy'>> {
  const { 'IaL-Request': request, 'IaL-Plan': planId, 'IaL-Approval': approvalId } = trailers;
  const approval = planId === undefined || approvalId === undefined ? undefined : await state.approval(planId);
  return {
    ...(request === undefined ? {} : { request }),
    ...(approval === undefined || approval.id !== approvalId ? {} : { approvedBy: approval.person }),
  };
}
