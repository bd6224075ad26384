import { asParsed } from './urls.ts'

/**
 * The hosts whose frames may stand in an article, each with the paths that are players, posts or charts. By exact name:
 * services that live on any host (Mastodon, PeerTube) cannot be told from a trap, and are linked to instead.
 */
const EMBEDS = new Map<string, RegExp>([
  ...['www.youtube.com', 'youtube.com', 'www.youtube-nocookie.com'].map((host): [string, RegExp] => [
    host,
    /^\/embed(?:\/[\w-]+)?\/?$/,
  ]),
  ['player.vimeo.com', /^\/video\/\d+$/],
  ['www.dailymotion.com', /^\/embed\/video\/\w+$/],
  ['geo.dailymotion.com', /^\/player(?:\/\w+)?\.html$/],
  ['embed.ted.com', /^\/talks\/(?:lang\/[\w-]+\/)?\w+$/],
  ['www.tiktok.com', /^\/(?:embed(?:\/v2)?|player\/v1)\/\d+\/?$/],
  ['www.instagram.com', /^\/(?:p|reel|tv)\/[\w-]+\/embed(?:\/captioned)?\/?$/],
  ['www.facebook.com', /^\/plugins\/(?:post|video)\.php$/],
  ['platform.twitter.com', /^\/embed\/Tweet\.html$/],
  ['embed.bsky.app', /^\/embed\/did:[a-z]+:[\w.:-]+\/app\.bsky\.feed\.post\/\w+$/],
  ['open.spotify.com', /^\/embed\/(?:album|artist|episode|playlist|show|track)\/\w+(?:\/video)?$/],
  ['w.soundcloud.com', /^\/player\/?$/],
  ['bandcamp.com', /^\/EmbeddedPlayer\/[\w=/.-]+$/],
  ['embed.podcasts.apple.com', /^\/[a-z]{2}\/podcast\/(?:[^/]+\/)?id\d+$/],
  ['embed.music.apple.com', /^\/[a-z]{2}\/(?:album|playlist|song)\/(?:[^/]+\/)?[\w.-]+$/],
  ['datawrapper.dwcdn.net', /^\/\w+\/(?:\d+\/)?$/],
  ['flo.uri.sh', /^\/(?:story|visualisation)\/\d+\/embed$/],
  ['public.flourish.studio', /^\/(?:story|visualisation)\/\d+\/embed$/],
  ['e.infogram.com', /^\/[\w-]+$/],
  ['www.google.com', /^\/maps\/(?:embed(?:\/v1\/[a-z]+)?|d\/(?:u\/\d+\/)?embed)$/],
  ['www.openstreetmap.org', /^\/export\/embed\.html$/],
  ['codepen.io', /^\/[\w-]+\/embed\/(?:preview\/)?\w+\/?$/],
  ['archive.org', /^\/embed\/[\w.-]+$/],
])

/** The address of a frame, over https, if its host is one of those we embed and its path a thing to embed; else undefined. */
export function embedUrl(value: string): string | undefined {
  const written = asParsed(value)
  if (!URL.canParse(written)) return undefined
  const url = new URL(written)
  const isPlain = url.username === '' && url.password === '' && url.port === ''
  if (!isPlain || !EMBEDS.get(url.hostname)?.test(url.pathname)) return undefined
  // Old articles embed over http; all these hosts answer on https.
  if (url.protocol === 'http:') url.protocol = 'https:'
  return url.protocol === 'https:' ? url.href : undefined
}
