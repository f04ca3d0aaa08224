import ts from 'typescript';
import { Expressions, type List, type Open, type Word } from './expressions.ts';
import { startedBy } from './wrappers.ts';

/** Roles of the arguments of a function that starts programs, in their order. */
type Role =
  | { readonly kind: 'file'; readonly program: number; readonly words: number; readonly rest: boolean }
  | { readonly kind: 'argv'; readonly argv: number; readonly rest: boolean }
  | { readonly kind: 'shell'; readonly text: number }
  | { readonly kind: 'node' };

/** A word of a command line that names a program, or is a text that a shell runs. */
export interface Started {
  readonly word: Word;
  readonly isScript: boolean;
}

const MODULE = /^(node:)?child_process$/;
const FILE: Role = { kind: 'file', program: 0, words: 1, rest: false };
const SHELL: Role = { kind: 'shell', text: 0 };
const CHILD_PROCESS: Readonly<Record<string, Role>> = {
  spawn: FILE,
  spawnSync: FILE,
  execFile: FILE,
  execFileSync: FILE,
  exec: SHELL,
  execSync: SHELL,
  fork: { kind: 'node' },
};

/**
 * The functions that start programs: those of `node:child_process`, and every one that hands a parameter of its own on
 * to one of them as a program. Found by going over the sources until there is nothing new.
 */
export class Roles {
  private readonly checker: ts.TypeChecker;
  private readonly expressions: Expressions;
  private readonly roles = new Map<ts.Declaration, Role>();
  /** Names that they are called by. Any other name is not looked up, which saves most of the time. */
  private readonly names = new Set(Object.keys(CHILD_PROCESS));
  /** Declarations of one and the same function. */
  private readonly functions: (readonly ts.Declaration[])[] = [];
  private readonly used = new Set<ts.Declaration>();

  constructor(checker: ts.TypeChecker, nodes: readonly ts.Node[]) {
    this.checker = checker;
    this.expressions = new Expressions(checker);
    const calls = nodes.filter((node) => ts.isCallExpression(node));
    let before: number;
    do {
      before = this.names.size + this.roles.size;
      for (const call of calls) this.learn(call);
      for (const node of nodes) this.learnName(node);
    } while (this.names.size + this.roles.size > before);
  }

  /** Commands that a call starts. */
  started(call: ts.CallExpression): Started[] {
    const role = this.roleOf(call.expression);
    if (role === undefined) return [];
    if (role.kind === 'node') return [{ word: 'node', isScript: false }];
    if (role.kind === 'shell') {
      const texts = this.words(call, role.text).map((word) => ({ word, isScript: true }));
      return [{ word: '/bin/sh', isScript: false }, ...texts];
    }
    return this.lines(call, role).flatMap((list) => {
      const { programs, scripts } = startedBy<Open>(list);
      return [
        ...programs.map((word) => ({ word, isScript: false })),
        ...scripts.map((word) => ({ word, isScript: true })),
      ];
    });
  }

  /** Functions that nobody in the sources calls: callbacks, whose program comes from elsewhere. */
  uncalled(): ts.Declaration[] {
    return this.functions
      .filter((declarations) => !declarations.some((each) => this.used.has(each)))
      .flatMap((declarations) => declarations.slice(0, 1));
  }

  /** Whether a function that starts programs is handed to somebody here who could start anything with it. */
  escapes(name: ts.Identifier): boolean {
    const { parent } = name;
    const callee = ts.isPropertyAccessExpression(parent) && parent.name === name ? parent : name;
    if (
      ts.isCallExpression(callee.parent) &&
      (callee.parent.expression === callee || isPromisify(callee.parent))
    )
      return false;
    if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isTypeQueryNode(parent))
      return false;
    if (isMember(parent) || ('name' in parent && parent.name === name && callee === name)) return false;
    return this.roleOf(name) !== undefined;
  }

  private lines(call: ts.CallExpression, role: Role & { kind: 'file' | 'argv' }): readonly List[] {
    if (role.kind === 'argv')
      return role.rest
        ? this.expressions.spread(call.arguments.slice(role.argv))
        : this.lists(call, role.argv);
    const [program, words] = [call.arguments[role.program], call.arguments[role.words]];
    const whole = program && words && this.expressions.whole(program, words);
    if (whole !== undefined) return whole;
    const lists = role.rest
      ? this.expressions.spread(call.arguments.slice(role.words))
      : this.lists(call, role.words);
    const tails = lists.length === 0 ? [[]] : lists;
    return this.words(call, role.program).flatMap((word) => tails.map((list) => [word, ...list]));
  }

  private words(call: ts.CallExpression, index: number): readonly Word[] {
    const argument = call.arguments[index];
    return argument === undefined ? [] : this.expressions.words(argument);
  }

  private lists(call: ts.CallExpression, index: number): readonly List[] {
    const argument = call.arguments[index];
    return argument === undefined ? [] : this.expressions.lists(argument);
  }

  private learn(call: ts.CallExpression): void {
    for (const { word, isScript } of this.started(call)) {
      if (typeof word === 'string' || word.parameter === undefined) continue;
      const { parent: owner } = word.parameter;
      const index = owner.parameters.indexOf(word.parameter);
      const rest = owner.parameters[index + 1]?.dotDotDotToken !== undefined;
      const file: Role = { kind: 'file', program: index, words: index + 1, rest };
      const role: Role = isScript
        ? { kind: 'shell', text: index }
        : word.isList === true
          ? { kind: 'argv', argv: index, rest: word.parameter.dotDotDotToken !== undefined }
          : file;
      this.assign(this.holders(owner), role);
    }
  }

  /** Other names of a function: `{ spawn: spawnOnTerminal }`, `const run = promisify(execFile)`, `{ capture: run }`. */
  private learnName(node: ts.Node): void {
    if (isMember(node)) {
      const role = this.roleOf(ts.isPropertyAssignment(node) ? node.initializer : node.name);
      if (role !== undefined) this.assign([node, ...this.contextual(node)], role);
    } else if (ts.isVariableDeclaration(node) && node.initializer !== undefined) {
      const role = this.roleOf(node.initializer);
      if (role !== undefined) this.assign([node], role);
    } else if ((ts.isImportSpecifier(node) || ts.isBindingElement(node)) && node.propertyName !== undefined) {
      if (this.names.has(node.propertyName.getText())) this.names.add(node.name.getText());
    }
  }

  private assign(declarations: readonly ts.Declaration[], role: Role): void {
    const [first] = declarations;
    if (first === undefined || this.roles.has(first)) return;
    this.functions.push(declarations);
    for (const declaration of declarations) {
      this.roles.set(declaration, role);
      const name = ts.getNameOfDeclaration(declaration);
      if (name !== undefined) this.names.add(name.getText());
    }
  }

  /** Names of a function: its own declaration, the constant that it is, or the member that it implements. */
  private holders(owner: ts.SignatureDeclaration): readonly ts.Declaration[] {
    const { parent } = owner;
    if (ts.isVariableDeclaration(parent)) return [parent];
    if (ts.isPropertyAssignment(parent)) return [parent, ...this.contextual(parent)];
    if (ts.isMethodDeclaration(owner)) return [owner, ...this.contextual(owner)];
    return [owner];
  }

  /** The member of an interface that a member of an object literal is, by what the literal is used for. */
  private contextual(member: ts.ObjectLiteralElementLike | ts.MethodDeclaration): readonly ts.Declaration[] {
    const { parent: literal } = member;
    if (!ts.isObjectLiteralExpression(literal) || member.name === undefined) return [];
    const type = this.checker.getContextualType(literal);
    return type?.getProperty(member.name.getText())?.declarations ?? [];
  }

  private roleOf(node: ts.Expression): Role | undefined {
    if (ts.isCallExpression(node)) {
      const [promised] = node.arguments;
      return promised !== undefined && isPromisify(node) ? this.roleOf(promised) : undefined;
    }
    const name = ts.isPropertyAccessExpression(node) ? node.name : node;
    if (!ts.isIdentifier(name) || !this.names.has(name.text)) return undefined;
    const imported = this.builtin(name);
    if (imported !== undefined) return imported;
    const declaration = this.expressions.declaration(name);
    if (declaration === undefined) return undefined;
    const known = [declaration, ...this.destructured(declaration)].find((each) => this.roles.has(each));
    if (known === undefined) return undefined;
    this.used.add(known);
    return this.roles.get(known);
  }

  /** The members of a type that `{ capture }` takes out of a value. */
  private destructured(declaration: ts.Declaration): readonly ts.Declaration[] {
    if (!ts.isBindingElement(declaration) || !ts.isObjectBindingPattern(declaration.parent)) return [];
    const property = (declaration.propertyName ?? declaration.name).getText();
    return this.checker.getTypeAtLocation(declaration.parent).getProperty(property)?.declarations ?? [];
  }

  /** The function of node:child_process that a name is imported as. */
  private builtin(name: ts.Identifier): Role | undefined {
    const declaration = this.checker.getSymbolAtLocation(name)?.declarations?.[0];
    if (declaration === undefined || !ts.isImportSpecifier(declaration)) return undefined;
    const from = declaration.parent.parent.parent.moduleSpecifier.getText().slice(1, -1);
    return MODULE.test(from) ? CHILD_PROCESS[(declaration.propertyName ?? declaration.name).text] : undefined;
  }
}

const isPromisify = (node: ts.CallExpression): boolean => node.expression.getText() === 'promisify';

const isMember = (node: ts.Node): node is ts.PropertyAssignment | ts.ShorthandPropertyAssignment =>
  ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
