import type { ImportRecord } from '../domain/interchange.ts'
import { demoArticles, demoImages } from './articles.ts'
import { demoComments } from './comments.ts'
import { demoAuthors, demoCategories, demoTags } from './terms.ts'

/**
 * The Harbour Broadsheet, weekly paper of the invented town of Marlhythe: a small publication with one of
 * everything that an article, a category or a comment can be. Everything in it is fixed, so that importing it
 * twice changes nothing.
 */
export function demoRecords(): ImportRecord[] {
  return [
    ...demoCategories(),
    ...demoTags(),
    ...demoAuthors(),
    ...demoImages(),
    ...demoArticles(),
    ...demoComments(),
  ]
}
