-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- GET /v1/categories and /v1/categories/{slug}
select json_build_object(
  'id', c.id,
  'slug', c.slug,
  'name', c.name,
  'description', c.description,
  'parentId', c.parent_id,
  'path', c.path,
  'articleCount', visible_count(series_id('category-only', c.id::text), now()),
  'articleCountWithSubtree', visible_count(c.id, now())
) as answer
from categories c
order by c.position, c.name collate "und-x-icu", c.id;
