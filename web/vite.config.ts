import { defineConfig } from 'vite';

const served = process.env['PELLUCID_SERVER'] ?? 'http://127.0.0.1:7245';

// One script and one style sheet under fixed names: the HTML export puts both into its one file, and a build can be compared byte by byte.
export default defineConfig({
  base: './',
  build: {
    outDir: '../src/Pellucid.Server/wwwroot',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        codeSplitting: false,
        entryFileNames: 'page.js',
        assetFileNames: 'page[extname]',
      },
    },
  },
  // `npm run dev` beside a running `pellucid serve`, which answers only to its own origin.
  server: { proxy: { '/api': { target: served, changeOrigin: true, headers: { origin: served } } } },
});
