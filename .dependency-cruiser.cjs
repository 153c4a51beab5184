// Imports go one way (docs/architecture.md). Checked by tools/check.ts, which also fails when nothing was read.
const allowed = {
  wbxml: [],
  syncml: ['wbxml'],
  message: [],
  datasync: ['syncml'],
  mail: ['message'],
  server: ['datasync', 'syncml', 'message', 'mail'],
  client: ['datasync', 'syncml', 'message'],
  cli: ['server', 'client', 'syncml', 'wbxml'],
};
const packages = Object.keys(allowed);
const browserSafe = ['wbxml', 'syncml', 'message', 'datasync'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...packages.map((name) => ({
      name: `${name}-imports-one-way`,
      severity: 'error',
      from: { path: `^packages/${name}/src` },
      to: { path: `^packages/(?!(${[name, ...allowed[name]].join('|')})/)` },
    })),
    ...packages.map((name) => ({
      name: `${name}-entered-through-its-door`,
      severity: 'error',
      from: { path: '^(packages|bench|fuzz|tools)/', pathNot: `^packages/${name}/` },
      to: { path: `^packages/${name}/src/(?!index\\.ts$|node/index\\.ts$)` },
    })),
    {
      name: 'core-without-node',
      severity: 'error',
      comment: 'wbxml, syncml, message, datasync and the core of the client run in a browser and do no I/O',
      from: { path: `^packages/(${browserSafe.join('|')}|client)/src`, pathNot: '^packages/client/src/node/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'no-undeclared',
      severity: 'error',
      from: { path: '^packages/[^/]+/src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['packetboat-source', 'import', 'node', 'default'], exportsFields: ['exports'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
  },
};
