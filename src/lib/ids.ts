import { uuidv7 } from 'uuidv7'

/** A new id: UUIDv7, so that later ids sort after earlier ones of the same process. */
export const newId = (): string => uuidv7()

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True for text of the shape of an id; slugs never have it. */
export const isId = (text: string): boolean => UUID.test(text)
