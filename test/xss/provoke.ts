/**
 * Plays a reader who touches everything below `root`, in templates too: each element gets the events that it has
 * handlers for, the focus and a click. It knows nothing from outside, because it also goes into a browser as text.
 */
export function provoke(
  root: Document | DocumentFragment | Element,
  window: Window & typeof globalThis,
): void {
  for (const element of root.querySelectorAll<HTMLElement>('*')) {
    // some forms have fields of the names of what a form has
    for (const name of window.Element.prototype.getAttributeNames.call(element)) {
      if (/^on/i.test(name))
        element.dispatchEvent(
          new window.Event(name.slice(2).toLowerCase(), { bubbles: true, cancelable: true }),
        )
    }
    if (element.tabIndex >= 0) element.focus({ preventScroll: true })
    element.dispatchEvent(new window.MouseEvent('click', { bubbles: true, cancelable: true }))
    const { content } = element as unknown as HTMLTemplateElement
    if (element.localName === 'template' && content) provoke(content, window)
  }
}
