/** Tests post faster than people do, and the same words again; those of the limits set them back. */
export const NO_LIMITS = {
  COMMENTS_PAUSE: '0',
  COMMENTS_PER_MINUTE: '0',
  COMMENTS_PER_HOUR: '0',
  COMMENTS_ARTICLE_PER_MINUTE: '0',
  COMMENTS_SITE_PER_MINUTE: '0',
  COMMENTS_TWIN_HOURS: '0',
}
