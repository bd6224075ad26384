import {
  type FieldNode,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'

/** A field that a query selects below the one that is resolved. */
export interface Selected {
  name: string
  args: Record<string, unknown>
  node: FieldNode
}

/** The fields selected right below the field being resolved, fragments opened, aliases apart. */
export function selectedFields(info: GraphQLResolveInfo): Selected[] {
  return fieldsBelow(info, info.fieldNodes, getNamedType(info.returnType).name)
}

/** The fields right below the fields `nodes`, whose type is `typeName`. */
export function fieldsBelow(
  info: GraphQLResolveInfo,
  nodes: readonly FieldNode[],
  typeName: string,
): Selected[] {
  const type = info.schema.getType(typeName)
  if (!isObjectType(type)) return []
  const fields = type.getFields()
  return nodes
    .flatMap((node) => (node.selectionSet ? open(info, node.selectionSet) : []))
    .flatMap((node) => {
      const field = fields[node.name.value]
      return field
        ? [{ name: field.name, args: getArgumentValues(field, node, info.variableValues), node }]
        : []
    })
}

/** Selecting too much only costs, so `@skip` and `@include` are not looked at. */
function open(info: GraphQLResolveInfo, { selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    if (selection.kind === Kind.INLINE_FRAGMENT) return open(info, selection.selectionSet)
    const fragment = info.fragments[selection.name.value]
    return fragment ? open(info, fragment.selectionSet) : []
  })
}
