-- What the rules of publishing add: revisions, overrides, would-be places, counts at any moment, words to search.

-- ── Revisions ───────────────────────────────────────────────────────────────────────────────────────────────

create function iso_moment(t timestamptz) returns text language sql immutable strict parallel safe as $$
  select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
--> statement-breakpoint
-- What an editor may change of an article, as JSON: references by id, and nothing that follows from the rest. A save
-- writes it, a revision keeps it, a diff compares it. `ArticleDocument` in the shapes is its contract.
create function article_document(a articles) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'locale', a.locale, 'slug', a.slug, 'title', a.title, 'subtitle', a.subtitle, 'excerpt', a.custom_excerpt,
    'body', jsonb_build_object('format', a.body_format, 'source', a.body_source),
    'cover', a.cover, 'seo', a.seo, 'featured', a.featured,
    'commentPolicy', a.comment_policy, 'commentsCloseAt', iso_moment(a.comments_close_at),
    'translationOf', nullif(a.translation_group, a.id),
    'authors', (select coalesce(jsonb_agg(author_id order by position, author_id), '[]')
                from article_authors where article_id = a.id),
    'categories', (select coalesce(jsonb_agg(category_id order by position, category_id), '[]')
                   from article_categories where article_id = a.id),
    'tags', (select coalesce(jsonb_agg(tag_id order by position, tag_id), '[]')
             from article_tags where article_id = a.id),
    'adjacent', (select coalesce(jsonb_object_agg(within, sides), '{}')
                 from (select within, jsonb_object_agg(side, target_id) as sides
                       from adjacent_overrides where article_id = a.id group by within) o))
$$;
--> statement-breakpoint
create function article_state(a articles) returns jsonb language sql stable as $$
  select jsonb_build_object('status', a.status,
    'publishedAt', iso_moment(a.published_at), 'unpublishAt', iso_moment(a.unpublish_at))
$$;
--> statement-breakpoint
-- At the end of the transaction, when the terms of the article have been written too.
create function keep_revision() returns trigger language plpgsql as $$
begin
  insert into article_revisions (article_id, version, document, state, actor)
  select a.id, a.version, article_document(a), article_state(a),
         coalesce(nullif(current_setting('broadsheet.actor', true), ''), 'system')
  from articles a where a.id = new.id
  on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create constraint trigger keep_revision after insert or update of version on articles
  deferrable initially deferred for each row execute function keep_revision();
--> statement-breakpoint
insert into article_revisions (article_id, version, document, state, actor, created_at)
select a.id, a.version, article_document(a), article_state(a), 'system', a.updated_at from articles a;
--> statement-breakpoint

-- ── Overrides of neighbours ─────────────────────────────────────────────────────────────────────────────────

create function release_overrides() returns trigger language plpgsql as $$
begin
  delete from adjacent_overrides where series_id in (old.id, series_id('category-only', old.id::text));
  return null;
end $$;
--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['categories', 'tags', 'authors', 'series'] loop
    execute format('create trigger release_overrides after delete on %I
      for each row execute function release_overrides()', name);
  end loop;
end $$;
--> statement-breakpoint
create trigger log_insert after insert on adjacent_overrides referencing new table as written
  for each statement execute function log_link_change('adjacent');
--> statement-breakpoint
create trigger log_update after update on adjacent_overrides
  referencing old table as replaced new table as written
  for each statement execute function log_link_change('adjacent');
--> statement-breakpoint
create trigger log_delete after delete on adjacent_overrides referencing old table as written
  for each statement execute function log_link_change('adjacent');
--> statement-breakpoint

-- ── Order and counting ──────────────────────────────────────────────────────────────────────────────────────

-- The series of articles and their places there, whatever their status is.
create function series_places(ids uuid[]) returns table (article_id uuid, series_id uuid, place int)
language sql stable as $$
  select id, series_id('site', ''), 0 from unnest(ids) id
  union all
  select a.id, series_id('locale', a.locale), 0 from articles a where a.id = any(ids)
  union all
  select distinct ac.article_id, ancestor, 0
  from article_categories ac join categories c on c.id = ac.category_id cross join unnest(c.path) ancestor
  where ac.article_id = any(ids)
  union all
  select ac.article_id, series_id('category-only', ac.category_id::text), 0
  from article_categories ac where ac.article_id = any(ids)
  union all
  select at.article_id, at.tag_id, 0 from article_tags at where at.article_id = any(ids)
  union all
  select aa.article_id, aa.author_id, 0 from article_authors aa where aa.article_id = any(ids)
  union all
  select sa.article_id, sa.series_id, sa.position from series_articles sa where sa.article_id = any(ids)
$$;
--> statement-breakpoint
create or replace function wanted_entries(ids uuid[]) returns setof series_entries language sql stable as $$
  select p.series_id, p.place, a.published_at, a.id, a.unpublish_at
  from series_places(ids) p join articles a on a.id = p.article_id
  where a.status = 'published'
$$;
--> statement-breakpoint
-- Where an article would stand if it were public at the moment `clock`: at its date, or at that moment where it has none.
create function would_be_entries(article uuid, clock timestamptz) returns setof series_entries language sql stable as $$
  select p.series_id, p.place, coalesce(a.published_at, date_trunc('milliseconds', clock)), a.id, a.unpublish_at
  from series_places(array[article]) p join articles a on a.id = p.article_id
$$;
--> statement-breakpoint
-- How many articles of a series are visible at a moment: the stored count, and what crosses a publish or unpublish
-- moment between the two, in whichever direction.
create function visible_count(series uuid, clock timestamptz) returns bigint language sql stable as $$
  select coalesce((
    select n.article_count + case when clock >= n.as_of
      then count_crossing(n.series_id, n.as_of, clock) else - count_crossing(n.series_id, clock, n.as_of) end
    from series_counts n where n.series_id = series), 0)
$$;
--> statement-breakpoint

-- ── Search ──────────────────────────────────────────────────────────────────────────────────────────────────

-- Latin and Greek letters without their accents, one for one: a place in the result is the same place in the text.
create function without_accents(t text) returns text language sql immutable strict parallel safe as $$
  select case when t ~ '[^\x01-\x7f]' then translate(t,
      'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨ'
      || 'ĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžƠơƯưǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛ'
      || 'ǜǞǟǠǡǢǣǦǧǨǩǪǫǬǭǮǯǰǴǵǸǹǺǻǼǽǾǿȀȁȂȃȄȅȆȇȈȉȊȋȌȍȎȏȐȑȒȓȔȕȖȗȘșȚțȞȟȦȧȨȩȪȫȬȭȮȯȰȱȲȳΆΈΉΊΌΎΏΐΪΫάέήίΰϊϋό'
      || 'ύώϓϔḀḁḂḃḄḅḆḇḈḉḊḋḌḍḎḏḐḑḒḓḔḕḖḗḘḙḚḛḜḝḞḟḠḡḢḣḤḥḦḧḨḩḪḫḬḭḮḯḰḱḲḳḴḵḶḷḸḹḺḻḼḽḾḿṀṁṂṃṄṅṆṇṈṉṊṋṌṍṎṏṐṑṒṓṔṕ'
      || 'ṖṗṘṙṚṛṜṝṞṟṠṡṢṣṤṥṦṧṨṩṪṫṬṭṮṯṰṱṲṳṴṵṶṷṸṹṺṻṼṽṾṿẀẁẂẃẄẅẆẇẈẉẊẋẌẍẎẏẐẑẒẓẔẕẖẗẘẙẛẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴ'
      || 'ẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứỪừỬửỮữỰựỲỳỴỵỶỷỸỹἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏἐἑἒἓἔ'
      || 'ἕἘἙἚἛἜἝἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯἰἱἲἳἴἵἶἷἸἹἺἻἼἽἾἿὀὁὂὃὄὅὈὉὊὋὌὍὐὑὒὓὔὕὖὗὙὛὝὟὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὰάὲέὴήὶίὸόὺ'
      || 'ύὼώᾀᾁᾂᾃᾄᾅᾆᾇᾈᾉᾊᾋᾌᾍᾎᾏᾐᾑᾒᾓᾔᾕᾖᾗᾘᾙᾚᾛᾜᾝᾞᾟᾠᾡᾢᾣᾤᾥᾦᾧᾨᾩᾪᾫᾬᾭᾮᾯᾰᾱᾲᾳᾴᾶᾷᾸᾹᾺΆᾼῂῃῄῆῇῈΈῊΉῌῐῑῒΐῖῗῘῙῚΊῠῡῢΰῤῥῦ'
      || 'ῧῨῩῪΎῬῲῳῴῶῷῸΌῺΏῼØøŁłĐđĦħŦŧıĿŀŊŋ',
      'AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyyAaAaAaCcCcCcCcDdEeEeEeEeEeGgGgGgGgHhI'
      || 'iIiIiIiIJjKkLlLlLlNnNnNnOoOoOoRrRrRrSsSsSsSsTtTtUuUuUuUuUuUuWwYyYZzZzZzOoUuAaIiOoUuUuUuUuU'
      || 'uAaAaÆæGgKkOoOoƷʒjGgNnAaÆæØøAaAaEeEeIiIiOoOoRrRrUuUuSsTtHhAaEeOoOoOoOoYyΑΕΗΙΟΥΩιΙΥαεηιυιυο'
      || 'υωϒϒAaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPp'
      || 'PpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwyſAaAaAaAaAaAaAaAaAaAaA'
      || 'aAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYyααααααααΑΑΑΑΑΑΑΑεεεεε'
      || 'εΕΕΕΕΕΕηηηηηηηηΗΗΗΗΗΗΗΗιιιιιιιιΙΙΙΙΙΙΙΙοοοοοοΟΟΟΟΟΟυυυυυυυυΥΥΥΥωωωωωωωωΩΩΩΩΩΩΩΩααεεηηιιοου'
      || 'υωωααααααααΑΑΑΑΑΑΑΑηηηηηηηηΗΗΗΗΗΗΗΗωωωωωωωωΩΩΩΩΩΩΩΩαααααααΑΑΑΑΑηηηηηΕΕΗΗΗιιιιιιΙΙΙΙυυυυρρυ'
      || 'υΥΥΥΥΡωωωωωΟΟΩΩΩOoLlDdHhTtiLlNn')
    else t end
$$;
--> statement-breakpoint
-- As words are indexed and sought, composed or decomposed as they may come. Scripts without blanks between words go letter by letter: Postgres brings no
-- dictionary of theirs.
create function search_text(t text) returns text language sql immutable strict parallel safe as $$
  select case when t ~ '[぀-ヿ㐀-鿿]'
    then regexp_replace(without_accents(normalize(t)), '([぀-ヿ㐀-鿿])', ' \1 ', 'g')
    else without_accents(normalize(t)) end
$$;
--> statement-breakpoint
-- The dictionary of a language; 'simple', which knows no endings, where Postgres has none.
create function search_config(locale text) returns regconfig language sql immutable strict parallel safe as $$
  select case split_part(lower(locale), '-', 1)
    when 'ar' then 'arabic'::regconfig
    when 'ca' then 'catalan'::regconfig
    when 'da' then 'danish'::regconfig
    when 'de' then 'german'::regconfig
    when 'el' then 'greek'::regconfig
    when 'en' then 'english'::regconfig
    when 'es' then 'spanish'::regconfig
    when 'eu' then 'basque'::regconfig
    when 'fi' then 'finnish'::regconfig
    when 'fr' then 'french'::regconfig
    when 'ga' then 'irish'::regconfig
    when 'hi' then 'hindi'::regconfig
    when 'hu' then 'hungarian'::regconfig
    when 'hy' then 'armenian'::regconfig
    when 'id' then 'indonesian'::regconfig
    when 'it' then 'italian'::regconfig
    when 'lt' then 'lithuanian'::regconfig
    when 'nb' then 'norwegian'::regconfig
    when 'ne' then 'nepali'::regconfig
    when 'nl' then 'dutch'::regconfig
    when 'nn' then 'norwegian'::regconfig
    when 'no' then 'norwegian'::regconfig
    when 'pt' then 'portuguese'::regconfig
    when 'ro' then 'romanian'::regconfig
    when 'ru' then 'russian'::regconfig
    when 'sr' then 'serbian'::regconfig
    when 'sv' then 'swedish'::regconfig
    when 'ta' then 'tamil'::regconfig
    when 'tr' then 'turkish'::regconfig
    when 'yi' then 'yiddish'::regconfig
    else 'simple'::regconfig
  end
$$;
--> statement-breakpoint
-- Of a body the first 80,000 letters, some thirteen thousand words: a tsvector holds 1 MiB at most, which twice as many
-- letters of four bytes do not reach; a word with hyphens is kept whole and in its parts.
create function search_words(locale text, title text, subtitle text, body text) returns tsvector
language sql immutable parallel safe as $$
  select setweight(to_tsvector(search_config(locale), search_text(title)), 'A')
      || setweight(to_tsvector(search_config(locale), search_text(coalesce(subtitle, ''))), 'B')
      || setweight(to_tsvector(search_config(locale), search_text(left(body, 80000))), 'D')
$$;
--> statement-breakpoint
create function keep_search_words() returns trigger language plpgsql as $$
begin
  insert into article_search (article_id, locale, words)
  values (new.id, new.locale, search_words(new.locale, new.title, new.subtitle, new.body_text))
  on conflict (article_id) do update set locale = excluded.locale, words = excluded.words;
  return null;
end $$;
--> statement-breakpoint
create trigger search_insert after insert on articles for each row execute function keep_search_words();
--> statement-breakpoint
create trigger search_update after update of locale, title, subtitle, body_text on articles
  for each row when ((old.locale, old.title, old.subtitle, old.body_text)
    is distinct from (new.locale, new.title, new.subtitle, new.body_text))
  execute function keep_search_words();
--> statement-breakpoint
insert into article_search (article_id, locale, words)
select id, locale, search_words(locale, title, subtitle, body_text) from articles;
--> statement-breakpoint
-- What is sought, in one language: `phrase` as people write it ("exact words", or, -without), and beginnings of words.
create function search_query(locale text, phrase text, prefixes text[]) returns tsquery
language sql immutable parallel safe as $$
  select coalesce(string_agg('(' || q::text || ')', ' & '), '')::tsquery
  from (
    select websearch_to_tsquery(search_config(locale), search_text(phrase)) as q
    union all
    -- also as it stands: the beginning of a word may be a word that the language leaves out, as German "zur" of "Zürich"
    select to_tsquery(search_config(locale), quote_literal(search_text(prefix)) || ':*')
        || to_tsquery('simple', quote_literal(search_text(prefix)) || ':*')
    from unnest(prefixes) prefix
  ) parts
  where numnode(q) > 0
$$;
--> statement-breakpoint
-- The languages that articles are written in, by steps along the key of `slugs`.
-- In plpgsql, which a planner does not look into: it is told that there are few.
create function locales_in_use() returns setof text language plpgsql stable rows 5 as $$
begin
  return query with recursive found as (
    (select s.locale from slugs s where s.kind = 'article' order by s.locale limit 1)
    union all
    select (select s.locale from slugs s where s.kind = 'article' and s.locale > f.locale order by s.locale limit 1)
    from found f where f.locale is not null
  )
  select f.locale from found f where f.locale is not null;
end $$;
