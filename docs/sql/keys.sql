-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.

-- Authorization: Bearer bs_…
select json_build_object(
  'id', k.id,
  'name', k.name,
  'secretHash', encode(k.secret_hash, 'hex'),
  'scopes', k.scopes,
  'sandbox', k.sandbox,
  'budget', k.budget,
  'stale', k.last_used_at is null or k.last_used_at < now() - interval '1 minute'
) as answer
from api_keys k
where k.id = $1::uuid
and k.revoked_at is null
and (k.expires_at is null or k.expires_at > now());
