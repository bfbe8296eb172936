import { defineConfig } from 'vite';

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
  server: { proxy: { '/api': process.env['PELLUCID_SERVER'] ?? 'http://127.0.0.1:8080' } },
});
