import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['*.test.ts', '{machines,runtime,properties,diagrams}/**/*.test.ts'], testTimeout: 60_000 },
});
