/** Facts about this machine and process, for the deployment lock: who holds it, and whether that process still lives. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, platform, userInfo } from 'node:os';
import process from 'node:process';
import type { Host } from './engine/ports.ts';

function attempt(read: () => string): string | undefined {
  try {
    return read().trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Machine, boot and PID namespace hashed into one text. Equal text = a PID means the same process here and there. */
function hostId(): string {
  const machine = attempt(() => readFileSync('/etc/machine-id', 'utf8')) ?? `${platform()}:${hostname()}`;
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? '';
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '';
  return createHash('sha256').update([machine, boot, namespace].join('\n')).digest('hex').slice(0, 32);
}

/** State letter and start time (clock ticks since boot) from `/proc/<pid>/stat`; the name in parentheses may hold anything. */
function procStat(pid: number): { state: string; start: string } | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  return state && start ? { state, start } : undefined;
}

/** When a process started, as text to compare; `undefined` when nobody can say (or it is gone). */
function startOf(pid: number): string | undefined {
  const fromProc = procStat(pid);
  if (fromProc) return fromProc.state === 'Z' ? undefined : fromProc.start;
  return attempt(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process of this number is there and no zombie. */
export function isRunning(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0 && signalReaches(pid) && procStat(pid)?.state !== 'Z';
}

/** A PID seen on this host is the same living process when the number exists, is no zombie, and started at that moment. */
function alive(pid: number, pidStart: string): boolean {
  if (!isRunning(pid)) return false;
  const start = startOf(pid);
  return start === undefined || start === pidStart;
}

/** `github:owner/repo#run` in GitHub Actions, else `user@machine`. */
function executor(env: NodeJS.ProcessEnv): string {
  if (env.GITHUB_ACTIONS === 'true' && env.GITHUB_REPOSITORY) return `github:${env.GITHUB_REPOSITORY}#${env.GITHUB_RUN_ID ?? '0'}`;
  const user = attempt(() => userInfo().username) ?? env.USER ?? 'unknown';
  return `${user}@${hostname()}`;
}

/** This process as the lock sees it. */
export function localHost(env: NodeJS.ProcessEnv = process.env): Host {
  const fallback = String(Math.round(Date.now() - process.uptime() * 1000));
  return { id: hostId(), pid: process.pid, pidStart: startOf(process.pid) ?? fallback, executor: executor(env), alive };
}
