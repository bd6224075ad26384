import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { AppError } from '../lib/errors.ts'
import { DEFAULT_LIMIT, MAX_LIMIT } from '../shapes/common.ts'

/** Points that one document may cost; a page of 100 articles with everything but their bodies is some 20,000. */
export const MAX_COST = 100_000

/** A body weighs as much as this many other fields. */
const BODY_COST = 20
/** One document posts one comment: limits and idempotency count requests. */
const CREATE_COST = MAX_COST / 2 + 1
/** What a list without a size is taken for. */
const LIST_SIZE: Record<string, number> = {
  'Category.ancestors': 3,
  'Category.children': 3,
  'Query.categories': 50,
  'Article.authors': 3,
  'Article.categories': 3,
  'Article.tags': 5,
}
const OTHER_LIST_SIZE = 10

type Variables = Record<string, unknown>

/**
 * What a document may cost at most, before it runs: each field is a point, times the sizes of the lists it stands
 * in. Each fragment is priced once, so that pricing a document is linear in its length.
 * @throws GRAPHQL_TOO_EXPENSIVE.
 */
export function checkCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): void {
  const root = schema.getRootType(operation.operation)
  if (!root) return
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  )
  const cost = new Pricing(schema, fragments, operation, variables).ofSelection(operation.selectionSet, root)
  if (cost <= MAX_COST) return
  throw new AppError('GRAPHQL_TOO_EXPENSIVE', {
    detail: `The document may cost ${cost > 1e15 ? 'more than can be counted' : cost} points, at most ${MAX_COST} are allowed: ask for fewer fields or smaller pages`,
  })
}

class Pricing {
  private readonly schema: GraphQLSchema
  private readonly fragments: Map<string, FragmentDefinitionNode>
  private readonly operation: OperationDefinitionNode
  private readonly variables: Variables
  /** Zero while a fragment is being priced: a circle of fragments is refused by validation, not here. */
  private readonly priced = new Map<string, number>()

  constructor(
    schema: GraphQLSchema,
    fragments: Map<string, FragmentDefinitionNode>,
    operation: OperationDefinitionNode,
    variables: Variables,
  ) {
    this.schema = schema
    this.fragments = fragments
    this.operation = operation
    this.variables = variables
  }

  ofSelection({ selections }: SelectionSetNode, type: GraphQLObjectType): number {
    return selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FIELD) return sum + this.ofField(selection, type)
      if (selection.kind === Kind.INLINE_FRAGMENT) return sum + this.ofSelection(selection.selectionSet, type)
      return sum + this.ofFragment(selection.name.value)
    }, 0)
  }

  private ofFragment(name: string): number {
    const known = this.priced.get(name)
    if (known !== undefined) return known
    this.priced.set(name, 0)
    const fragment = this.fragments.get(name)
    const type = fragment && this.schema.getType(fragment.typeCondition.name.value)
    const cost = fragment && isObjectType(type) ? this.ofSelection(fragment.selectionSet, type) : 0
    this.priced.set(name, cost)
    return cost
  }

  private ofField(node: FieldNode, parent: GraphQLObjectType): number {
    const field = parent.getFields()[node.name.value]
    // introspection and what validation will refuse
    if (!field) return 1
    if (field.name === 'body') return BODY_COST
    const own = field.name === 'postComment' ? CREATE_COST : 1
    const type = getNamedType(field.type)
    if (!node.selectionSet || !isObjectType(type)) return own
    const paged = field.args.some(({ name }) => name === 'first')
    const size = paged ? this.pageSize(node) : listSize(parent, field.name, field.type)
    return own + size * this.ofSelection(node.selectionSet, type)
  }

  /** Of a connection; its `nodes` and `edges` are then counted once each. */
  private pageSize(node: FieldNode): number {
    const size = this.argument(node, 'last') ?? this.argument(node, 'first') ?? DEFAULT_LIMIT
    return Math.min(Math.max(size, 1), MAX_LIMIT)
  }

  private argument(node: FieldNode, name: string): number | undefined {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value
    if (value?.kind === Kind.INT) return Number(value.value)
    if (value?.kind !== Kind.VARIABLE) return undefined
    const given = this.variables[value.name.value]
    if (typeof given === 'number') return given
    const definition = this.operation.variableDefinitions?.find(
      (found) => found.variable.name.value === value.name.value,
    )
    return definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : undefined
  }
}

function listSize(parent: GraphQLObjectType, name: string, type: GraphQLOutputType): number {
  if (!isListType(getNullableType(type)) || parent.name.endsWith('Connection')) return 1
  return LIST_SIZE[`${parent.name}.${name}`] ?? OTHER_LIST_SIZE
}
