import path from 'node:path';
import ts from 'typescript';
import { Roles, type Started } from './roles.ts';

/** A place that starts a program. */
export interface Start {
  /** Relative to the root of the sources. */
  readonly file: string;
  readonly line: number;
  /** Its name or path, `PATH*` for one that begins so, or a text that a shell runs. Neither: only a run can tell. */
  readonly program?: string | undefined;
  readonly script?: string | undefined;
}

/**
 * Finds what TypeScript and JavaScript sources start: by constants where the program is named there, and for a
 * function that hands its own parameter on, at its callers.
 *
 * @param root absolute path of the directory that they are in.
 * @param files absolute paths.
 * @throws Error for a use of node:child_process that is not followed, such as a default import.
 */
export function programsStarted(root: string, files: readonly string[]): Start[] {
  const program = ts.createProgram({ rootNames: files, options: OPTIONS, host: ownSources(root) });
  const sources = program.getSourceFiles().filter(({ fileName }) => files.includes(fileName));
  const nodes = sources.flatMap(descendants);
  const roles = new Roles(program.getTypeChecker(), nodes);
  for (const node of nodes) refuseUnfollowed(node);
  const unknown: Started = { word: {}, isScript: false };
  return [
    ...nodes
      .filter((node) => ts.isCallExpression(node))
      .flatMap((call) => roles.started(call).flatMap((each) => startAt(root, call, each))),
    ...nodes
      .filter((node) => ts.isIdentifier(node) && roles.escapes(node))
      .flatMap((name) => startAt(root, name, unknown)),
    ...roles.uncalled().flatMap((declaration) => startAt(root, declaration, unknown)),
  ];
}

const OPTIONS: ts.CompilerOptions = {
  allowJs: true,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  strict: true,
  noEmit: true,
  types: [],
};

/** The language's own declarations, which take longer to read than a small source. */
const library = new Map<string, ts.SourceFile>();

/** A compiler host that follows imports from source to source and leaves packages alone: they are most of the work. */
function ownSources(root: string): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const parsed = host.getSourceFile.bind(host);
  host.getSourceFile = (fileName, options) => {
    if (fileName.startsWith(root) && !fileName.includes('/node_modules/')) return parsed(fileName, options);
    const known = library.get(fileName) ?? parsed(fileName, options);
    if (known !== undefined) library.set(fileName, known);
    return known;
  };
  const own = (name: string, from: string): ts.ResolvedModuleFull | undefined => {
    const resolvedFileName = path.resolve(path.dirname(from), name);
    const extension = path.extname(name);
    const isOwn =
      name.startsWith('.') && resolvedFileName.startsWith(root) && host.fileExists(resolvedFileName);
    return isOwn ? { resolvedFileName, extension, isExternalLibraryImport: false } : undefined;
  };
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) => ({ resolvedModule: own(text, from) }));
  return host;
}

function startAt(root: string, node: ts.Node, { word, isScript }: Started): Start[] {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  const where = { file: path.relative(root, source.fileName), line: line + 1 };
  if (typeof word === 'string') return [isScript ? { ...where, script: word } : { ...where, program: word }];
  // Its callers know, and are looked at.
  if (word.parameter !== undefined) return [];
  if (isScript) return [{ ...where, script: word.text }];
  return [{ ...where, program: word.head?.includes('/') === true ? `${word.head}*` : undefined }];
}

/** Only named imports are followed. */
function refuseUnfollowed(node: ts.Node): void {
  if (!ts.isStringLiteral(node) || !/^(node:)?child_process$/.test(node.text)) return;
  const { parent } = node;
  const bindings = ts.isImportDeclaration(parent) ? parent.importClause?.namedBindings : undefined;
  if (bindings !== undefined && ts.isNamedImports(bindings)) return;
  throw new Error(
    `${node.getSourceFile().fileName}: import names of node:child_process, so that its use is seen`,
  );
}

function descendants(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (each: ts.Node): void => {
    found.push(each);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}
