import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The build that dist/ holds (scripts/build.mjs).
  resolve: { alias: { yaml: new URL('./node_modules/yaml/browser/index.js', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    sequence: { shuffle: true },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    setupFiles: ['test/setup.ts'],
  },
});
