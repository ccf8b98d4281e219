import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.ts', '{machines,runtime,properties,diagrams,examples}/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
