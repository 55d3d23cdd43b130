/** Names and settings that come from outside: which ones may reach Git, and what of a repository's own settings is set aside. */
import { IalError } from '../engine/errors.ts';
import { git } from './run.ts';

/** A revision as a person or a row names it: `HEAD~2`, `v1.0`, a sha. No range, no option, no space. */
const REVISION = /^[A-Za-z0-9_][A-Za-z0-9_./@{}~^+-]{0,254}$/;
const REMOTE = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}$/;
/** What `git check-ref-format` forbids, and a leading dash. */
const BAD_BRANCH = /^[-/.]|\.\.|@\{|\/\/|\/\.|[\u0000-\u0020\u007f~^:?*[\\]|\/$|\.$|\.lock(\/|$)/;

export function isRevision(text: string): boolean {
  return REVISION.test(text) && !text.includes('..');
}

/** @throws IalError `GIT_FAILED` (`unsafe`) */
export function checkedRemote(name: string): string {
  if (REMOTE.test(name) && !name.includes('..')) return name;
  throw unsafe(`the remote name ${quoted(name)} is not one ial uses`, 'rename it with `git remote rename`');
}

/** @throws IalError `GIT_FAILED` (`unsafe`) */
export function checkedBranch(name: string): string {
  if (name !== '' && name.length <= 250 && !BAD_BRANCH.test(name)) return name;
  throw unsafe(`the branch name ${quoted(name)} is not one ial uses`, 'switch to a branch with a plain name');
}

/** Whether pushing to this URL stays on this machine: a path or `file:///`. Git's own rule: a colon before the first slash is a host. */
export function isLocalUrl(url: string): boolean {
  if (/^file:\/\/(localhost)?\//.test(url)) return true;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || url.startsWith('-')) return false;
  const colon = url.indexOf(':');
  const slash = url.indexOf('/');
  return colon === -1 || (slash !== -1 && slash < colon);
}

/** `helper::address` starts a program of that name; only Git's own transports are used. */
export function isHelperUrl(url: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9+.-]*::/.test(url);
}

/** The URL without a user name, password or token, for screens and logs. */
export function withoutSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1');
}

export function unsafe(message: string, hint: string, output?: string): IalError<'GIT_FAILED'> {
  return new IalError('GIT_FAILED', message, { reason: 'unsafe', ...(output ? { output } : {}) }, { hint });
}

/** A name from outside in a message: control characters out, at most 60 characters. */
export function quoted(text: string): string {
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return JSON.stringify(safe.length > 60 ? `${safe.slice(0, 59)}…` : safe);
}

/** One line of `git config --list`: section and variable in lower case, the part between them as written. */
export interface Setting {
  readonly scope: string;
  readonly key: string;
  readonly value: string;
}

/** Everything that is set for this repository, from the weakest to the strongest. */
export async function settingsOf(root: string): Promise<readonly Setting[]> {
  const parts = (await git(root, ['config', '--list', '--show-scope', '--includes', '-z'])).split('\0');
  const found: Setting[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [key = '', ...value] = (parts[index + 1] ?? '').split('\n');
    found.push({ scope: parts[index] ?? '', key, value: value.join('\n') });
  }
  return found;
}

const isTrusted = ({ scope }: Setting) => scope === 'system' || scope === 'global';
const isOwn = ({ scope }: Setting) => scope === 'local' || scope === 'worktree';

/**
 * `-c` settings that put a person's global value, or nothing, in place of each program which this repository's own settings name.
 * @throws IalError `GIT_FAILED` (`unsafe`) for a setting that cannot be set aside.
 */
export function setAside(all: readonly Setting[]): readonly string[] {
  const own = all.filter(isOwn);
  const trusted = all.filter(isTrusted);
  const last = (key: string) => trusted.findLast((setting) => setting.key === key)?.value;
  const aside = [
    `core.sshCommand=${last('core.sshcommand') ?? 'ssh -o BatchMode=yes'}`,
    `core.askPass=${last('core.askpass') ?? ''}`,
    `core.gitProxy=${last('core.gitproxy') ?? ''}`,
    'core.alternateRefsCommand=false',
  ];
  for (const { key } of own) {
    if (/^remote\..*\.vcs$/.test(key))
      throw unsafe(`this repository's settings name a program for its remote (${quoted(key)})`, `remove it: git config --unset ${key}`);
    if (/^filter\..*\.(clean|smudge|process)$/.test(key)) aside.push(override(key, ''));
    if (/^filter\..*\.required$/.test(key)) aside.push(override(key, 'false'));
  }
  const isHelper = ({ key }: Setting) => /^credential\.(.*\.)?helper$/.test(key);
  if (own.some(isHelper)) {
    // The empty value forgets every helper named before it; the person's own follow.
    aside.push('credential.helper=', ...trusted.filter(isHelper).map(({ key, value }) => override(key, value)));
  }
  return aside;
}

function override(key: string, value: string): string {
  if (key.includes('=')) throw unsafe(`this repository's settings hold ${quoted(key)}`, 'remove it from .git/config');
  return `${key}=${value}`;
}
