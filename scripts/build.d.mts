import type { BuildOptions } from 'esbuild';

export function options(outdir: string): BuildOptions;
export function driftOptions(outdir: string): BuildOptions;
export function build(settings?: { keepOld?: boolean; outdir?: string }): Promise<void>;
export function driftBundle(from: string): Promise<Uint8Array>;
