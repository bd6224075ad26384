import type { Category } from '../shapes/terms.ts'
import type { Context } from './context.ts'

export const categoryResolvers = {
  Query: {
    categories: async (
      _: unknown,
      args: { hideEmpty?: boolean | null; roots?: boolean | null },
      context: Context,
    ) => {
      const categories = args.hideEmpty
        ? await context.core.categories.flat({ hideEmpty: true })
        : await context.categories()
      return args.roots ? categories.filter(({ parentId }) => parentId === null) : categories
    },
    category: async (_: unknown, { slug }: { slug: string }, context: Context) =>
      (await context.categories()).find((category) => category.slug === slug) ?? null,
  },

  Category: {
    children: async (category: Category, _: unknown, context: Context) =>
      (await context.categories()).filter(({ parentId }) => parentId === category.id),
    ancestors: async (category: Category, _: unknown, context: Context) => {
      const byId = new Map((await context.categories()).map((other) => [other.id, other]))
      const ancestors: Category[] = []
      for (let above = byId.get(category.parentId ?? ''); above; above = byId.get(above.parentId ?? ''))
        ancestors.unshift(above)
      return ancestors
    },
  },
}
