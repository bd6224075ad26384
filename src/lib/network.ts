import { isIPv4, isIPv6 } from 'node:net'

/**
 * The network of an address, which is all that is ever stored of it: /24 of IPv4, /56 of IPv6 (what one
 * household or office gets). Undefined for what is no address.
 */
export function networkOf(address: string): string | undefined {
  const mapped = unmapped(address)
  if (isIPv4(mapped)) return `${mapped.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(mapped)) return undefined
  const groups = expand(mapped.split('%')[0] as string)
  const fourth = (Number.parseInt(groups[3] as string, 16) & 0xff00).toString(16)
  return `${[...groups.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16)), fourth].join(':')}::/56`
}

/**
 * What counts as one client: an address of IPv4; of IPv6 a /56, in which a client has all the addresses that it likes.
 * All that have none, such as those whose connection is gone, are one.
 */
export function clientNetwork(address: string): string {
  const mapped = unmapped(address)
  return isIPv4(mapped) ? mapped : (networkOf(mapped) ?? 'unknown')
}

/** IPv4 that came over a socket of IPv6, as what it is. */
const unmapped = (address: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  if (tail === undefined) return left
  return [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
}
