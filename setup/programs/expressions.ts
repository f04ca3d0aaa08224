import ts from 'typescript';

/** A value that only a run knows. */
export interface Open {
  /** The parameter that it comes from, so that the callers know it: as a word, or as the head of a list. */
  readonly parameter?: ts.ParameterDeclaration;
  readonly isList?: boolean;
  /** A template: with UNKNOWN for each part that is not known, and how it begins. */
  readonly text?: string;
  readonly head?: string;
}

/** Values that an expression can have, as far as constants say. */
export type Word = string | Open;
export type List = readonly Word[];

const OPEN: Open = {};
/** Of lists that an expression can be: options that are there or not would double them one by one. */
const MOST = 64;
/** Text that a shell reads as a word that is known only when it runs. */
const UNKNOWN = '$X';

/** Evaluates the expressions of command lines: literals, constants, and functions that only return one. */
export class Expressions {
  private readonly checker: ts.TypeChecker;
  /** Expressions that are being evaluated: one that is met again is of a function that calls itself. */
  private readonly underway = new Set<ts.Expression>();

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  /** Finds the declaration of an identifier's value, imports followed. */
  declaration(node: ts.Node): ts.Declaration | undefined {
    const found =
      ts.isIdentifier(node) && ts.isShorthandPropertyAssignment(node.parent)
        ? this.checker.getShorthandAssignmentValueSymbol(node.parent)
        : this.checker.getSymbolAtLocation(node);
    if (found === undefined) return undefined;
    const aliased = (found.flags & ts.SymbolFlags.Alias) !== 0 ? this.checker.getAliasedSymbol(found) : found;
    return aliased.declarations?.[0] ?? found.declarations?.[0];
  }

  /** Values that a single word can have. */
  words(node: ts.Expression): readonly Word[] {
    return this.once(unwrapped(node), (inner) => this.wordsOf(inner), OPEN);
  }

  private wordsOf(inner: ts.Expression): readonly Word[] {
    if (ts.isStringLiteralLike(inner)) return [inner.text];
    if (ts.isTemplateExpression(inner)) return [template(inner)];
    if (ts.isConditionalExpression(inner))
      return [...this.words(inner.whenTrue), ...this.words(inner.whenFalse)];
    if (isFallback(inner)) return [...this.words(inner.left), ...this.words(inner.right)];
    if (inner.getText() === 'process.execPath') return ['node'];
    // A file of this repository, or of whoever runs it.
    if (/^(path\.)?(join|resolve)\(/.test(inner.getText())) return [{ head: './' }];
    if (ts.isElementAccessExpression(inner) && inner.argumentExpression.getText() === '0')
      return heads(this.lists(inner.expression));
    if (ts.isCallExpression(inner))
      return this.joined(inner) ?? this.ofCall(inner, (value) => this.words(value), OPEN);
    const value = this.value(inner);
    if (value === undefined) return [OPEN];
    if (ts.isParameter(value))
      return [{ parameter: value }, ...(value.initializer ? this.words(value.initializer) : [])];
    if (ts.isBindingElement(value)) return this.bound(value);
    return this.words(value);
  }

  /** Values that a list of words can have. A list that goes on in an unknown way ends in a word that is open. */
  lists(node: ts.Expression): readonly List[] {
    return this.once(unwrapped(node), (inner) => this.listsOf(inner), [OPEN]);
  }

  private listsOf(inner: ts.Expression): readonly List[] {
    if (ts.isArrayLiteralExpression(inner)) return this.spread(inner.elements);
    if (ts.isConditionalExpression(inner))
      return [...this.lists(inner.whenTrue), ...this.lists(inner.whenFalse)];
    if (isFallback(inner)) return [...this.lists(inner.left), ...this.lists(inner.right)];
    if (ts.isElementAccessExpression(inner)) return this.members(inner.expression);
    if (ts.isCallExpression(inner)) return this.ofCall(inner, (value) => this.lists(value), [OPEN]);
    if (inner.getText() === 'undefined' || ts.isStringLiteralLike(inner)) return [];
    const value = this.value(inner);
    if (value === undefined) return [[OPEN]];
    if (ts.isParameter(value)) return [[{ parameter: value, isList: true }]];
    return ts.isBindingElement(value) ? [[OPEN]] : this.lists(value);
  }

  private once<T>(
    node: ts.Expression,
    evaluate: (node: ts.Expression) => readonly T[],
    open: T,
  ): readonly T[] {
    if (this.underway.has(node)) return [open];
    this.underway.add(node);
    const values = evaluate(node);
    this.underway.delete(node);
    return values;
  }

  /** Values of a call of a function of these sources, by what the function returns. */
  private ofCall<T>(
    call: ts.CallExpression,
    evaluate: (value: ts.Expression) => readonly T[],
    open: T,
  ): readonly T[] {
    const values = this.returned(call).flatMap(evaluate);
    return values.length === 0 ? [open] : values;
  }

  /** Values that the elements of an array or the arguments of a call can have. */
  spread(elements: readonly ts.Expression[]): readonly List[] {
    return elements.reduce<readonly List[]>(
      (before, element) => {
        const next = ts.isSpreadElement(element)
          ? this.lists(element.expression)
          : this.words(element).map((word) => [word]);
        if (before.length * next.length > MOST) return before.map((list) => [...list, OPEN]);
        return before.flatMap((list) => next.map((more) => [...list, ...more]));
      },
      [[]],
    );
  }

  /** `list.join('\\n')`, which makes a script of its steps. */
  private joined(call: ts.CallExpression): readonly Word[] | undefined {
    const { expression } = call;
    if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'join') return undefined;
    const text = (word: Word): string => (typeof word === 'string' ? word : (word.text ?? UNKNOWN));
    return this.lists(expression.expression).map((list) => ({ text: list.map(text).join('\n') }));
  }

  /** Every list of a table such as `{ sh: ['shfmt', '-p'] }`, whichever of them is asked for. */
  private members(table: ts.Expression): readonly List[] {
    const value = this.value(unwrapped(table));
    if (value === undefined || !ts.isObjectLiteralExpression(value)) return [[OPEN]];
    return value.properties.flatMap((property) =>
      ts.isPropertyAssignment(property) ? this.lists(property.initializer) : [[OPEN]],
    );
  }

  /** `const [program, ...words] = list`, and `program` and `words` are given: the list. */
  whole(program: ts.Expression, words: ts.Expression): readonly List[] | undefined {
    const [first, rest] = [this.declaration(program), this.declaration(words)];
    if (first === undefined || first.parent !== rest?.parent) return undefined;
    const { parent: pattern } = first;
    if (!ts.isArrayBindingPattern(pattern) || pattern.elements[0] !== first || pattern.elements[1] !== rest)
      return undefined;
    const { parent: source } = pattern;
    return ts.isVariableDeclaration(source) && source.initializer !== undefined
      ? this.lists(source.initializer)
      : undefined;
  }

  /** `const [program, ...words] = list`: the program. */
  private bound(element: ts.BindingElement): readonly Word[] {
    const pattern = element.parent;
    const source = pattern.parent;
    if (!ts.isArrayBindingPattern(pattern) || pattern.elements[0] !== element) return [OPEN];
    if (!ts.isVariableDeclaration(source) || source.initializer === undefined) return [OPEN];
    return heads(this.lists(source.initializer));
  }

  /** The expression, parameter or part of a pattern that a name stands for. */
  private value(
    node: ts.Expression,
  ): ts.Expression | ts.ParameterDeclaration | ts.BindingElement | undefined {
    if (ts.isObjectLiteralExpression(node)) return node;
    const declared = this.declaration(ts.isPropertyAccessExpression(node) ? node.name : node);
    if (declared === undefined) return undefined;
    if (ts.isParameter(declared) || ts.isBindingElement(declared)) return declared;
    if (!ts.isVariableDeclaration(declared) && !ts.isPropertyAssignment(declared)) return undefined;
    const constant =
      !ts.isVariableDeclaration(declared) || (declared.parent.flags & ts.NodeFlags.Const) !== 0;
    return constant && declared.initializer !== undefined ? unwrapped(declared.initializer) : undefined;
  }

  /** Values that a function of these sources returns; none when it is not one. */
  private returned(call: ts.CallExpression): readonly ts.Expression[] {
    const { expression } = call;
    const declared = this.declaration(
      ts.isPropertyAccessExpression(expression) ? expression.name : expression,
    );
    const callable = declared && ts.isVariableDeclaration(declared) ? declared.initializer : declared;
    if (callable === undefined || !ts.isFunctionLike(callable) || !('body' in callable)) return [];
    const { body } = callable;
    if (body === undefined || !ts.isBlock(body)) return body === undefined ? [] : [body];
    return returnStatements(body).flatMap(({ expression: returned }) =>
      returned === undefined ? [] : [returned],
    );
  }
}

const heads = (lists: readonly List[]): readonly Word[] => lists.map((list) => list[0] ?? OPEN);

function unwrapped(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node)
    ? unwrapped(node.expression)
    : node;
}

const template = (node: ts.TemplateExpression): Open => ({
  head: node.head.text,
  text: node.head.text + node.templateSpans.map(({ literal }) => `${UNKNOWN}${literal.text}`).join(''),
});

const isFallback = (node: ts.Expression): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken].includes(node.operatorToken.kind);

/** Without those of the functions inside. */
function returnStatements(node: ts.Node): ts.ReturnStatement[] {
  if (ts.isReturnStatement(node)) return [node];
  const found: ts.ReturnStatement[] = [];
  ts.forEachChild(node, (child) => {
    if (!ts.isFunctionLike(child)) found.push(...returnStatements(child));
  });
  return found;
}
