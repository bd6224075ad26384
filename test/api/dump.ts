import type postgres from 'postgres'

/**
 * Every row of every table as text, by table: columns of bytes also as the characters that they stand for. What the database
 * knows stands somewhere in it.
 */
export async function dump(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string; bytes: string[] }[]>`
    select t.table_schema || '.' || t.table_name as name,
      coalesce(array_agg(c.column_name) filter (where c.data_type = 'bytea'), '{}') as bytes
    from information_schema.tables t join information_schema.columns c using (table_schema, table_name)
    where t.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE' group by 1`
  const dumped: Record<string, string> = {}
  for (const { name, bytes } of tables) {
    const decoded = bytes.map((column) => `|| ' ' || coalesce(encode(t."${column}", 'escape'), '')`).join('')
    const rows = await sql.unsafe<{ row: string }[]>(`select t::text ${decoded} as row from ${name} t`)
    dumped[name] = rows.map(({ row }) => row).join('\n')
  }
  return dumped
}

/** The tables in whose dump a text stands, whatever its case. */
export const holding = (dumped: Record<string, string>, text: string): string[] =>
  Object.entries(dumped)
    .filter(([, rows]) => rows.toLowerCase().includes(text.toLowerCase()))
    .map(([table]) => table.replace('public.', ''))
    .sort()
