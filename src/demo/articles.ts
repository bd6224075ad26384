import type { ImportedArticle, ImportedImage } from '../domain/interchange.ts'
import type { AuthorSlug, CategorySlug, TagSlug } from './terms.ts'
import { authorReference, categoryReference, tagReference } from './terms.ts'

type Written = Omit<
  ImportedArticle,
  'kind' | 'where' | 'externalId' | 'body' | 'authors' | 'categories' | 'tags'
> & {
  number: number
  authors: AuthorSlug[]
  /** Primary first. */
  categories: CategorySlug[]
  tags: TagSlug[]
  /** Markdown, one line a paragraph. */
  body: string
}

export const articleId = (number: number): string => `demo-article-${number}`

const IMAGES: Omit<ImportedImage, 'kind' | 'where'>[] = [
  {
    externalId: 'demo-image-1',
    url: 'https://images.example.org/marlhythe/north-arm-coping.jpg',
    alt: 'Two masons guide a pale coping stone onto the end of a harbour wall at low water',
    caption: 'The last coping stone goes down on the north arm, Friday morning.',
    credit: 'Wilf Arkell / The Harbour Broadsheet',
    width: 2400,
    height: 1350,
  },
  {
    externalId: 'demo-image-2',
    url: 'https://images.example.org/marlhythe/tide-office-window.jpg',
    alt: 'An old man in a navy jersey writes in a ledger at a window above the harbour',
    caption: 'Ansel Brewick at the tide office window in 1996.',
    credit: 'Marlhythe Museum',
    width: 1600,
    height: 1200,
  },
]

const ARTICLES: Written[] = [
  {
    number: 1,
    slug: 'harbour-wall-to-be-rebuilt',
    title: 'Harbour wall to be rebuilt before the autumn tides',
    subtitle: 'Commissioners approve £1.84 million for the north arm, to be finished by 30 September',
    excerpt:
      'The north arm has been propped with timber since January. This summer it comes down to its footings, and thirty-one boats must find somewhere else to lie.',
    status: 'published',
    publishedAt: '2026-03-07T07:00:00.000Z',
    authors: ['nell-harcombe'],
    categories: ['harbour', 'council'],
    tags: ['public-money', 'tides'],
    coverUrl: 'https://images.example.org/marlhythe/north-arm-january.jpg',
    coverAlt: 'A gap in a granite harbour wall, shored up with heavy timbers',
    body: `
The north arm of Marlhythe harbour will be taken down to its footings and rebuilt this summer. The Harbour Commissioners voted on Thursday night to accept a tender of £1.84 million from the masons Dunnock and Sale.

The wall has been propped with timber since the storm of 14 January, which drew eleven facing stones into the channel and left a gap wide enough, as the harbour master put it, “to lose a dinghy in”.

“We have patched that wall every winter since I was a deckhand,” Bridie Callow told the commissioners. “By now the patches are holding up the wall.”

## What it will cost

| Work | Cost | Paid from |
| :--- | ---: | :--- |
| Dismantling and new footings | £610,000 | County coast fund |
| Stone, cutting and laying | £890,000 | Harbour reserve and loan |
| Temporary moorings | £125,000 | Harbour reserve |
| Contingency | £215,000 | Loan, if it is needed |

To repay the loan, berth fees will rise by 4 per cent on 1 April and stay there for six years. The owner of a nine-metre boat, who pays £1,150 now, will pay another £46.

## Where the boats will go

Thirty-one boats lie against the north arm. From 20 April they will be moved:

- nineteen to pontoons in the inner basin;
- eight to the river moorings at Tanner’s Reach;
- four, all of them working boats, to the old coal quay.

Every stone fit to be used again will be numbered and laid out in the coal yard in the order it came down. Volunteers from the museum have asked to record the masons’ marks, some of which are thought to date from the first wall of 1794.

The drawings are on show at the [harbour office](https://example.org/marlhythe/harbour/north-arm) until 27 March.
`,
  },
  {
    number: 2,
    slug: 'swing-bridge-shut-for-ten-nights',
    title: 'Swing bridge shut to traffic for ten nights',
    subtitle: 'Drivers face a seven-mile detour by Upper Tressick while the bearings are replaced',
    status: 'published',
    publishedAt: '2026-03-28T07:00:00.000Z',
    unpublishAt: '2026-04-18T06:00:00.000Z',
    authors: ['nell-harcombe'],
    categories: ['harbour'],
    tags: ['public-money'],
    body: `
The swing bridge over the Tarrel will close to all vehicles from **10pm to 5am** on ten successive nights, beginning on Tuesday 7 April and ending on the morning of Friday 17 April.

Engineers will lift the moving span an inch and a half clear of its pivot and replace the bronze bearings, which were last changed in 1979. The work has to be done at night because the bridge cannot open for shipping while it is jacked up, and nothing is booked to enter the upper river in the small hours.

## While it is closed

1. Cars and vans should follow the signs by Upper Tressick, which adds seven miles.
2. Walkers and people pushing bicycles may cross by the east footway at all times.
3. The 10.20pm bus to Station Field will start from Fore Street, on the town side.
4. Ambulances will be stationed on both banks. Ring the usual number.

Residents of Bridge Terrace have been promised no hammering after midnight. The county’s night foreman, Len Sorrell, can be reached through the [bridge works page](https://example.org/tarrel-county/swing-bridge).
`,
  },
  {
    number: 3,
    slug: 'mackerel-with-rhubarb',
    title: 'Mackerel and rhubarb, for the first warm evening',
    subtitle: 'A supper that takes twenty minutes and wants to be eaten with the door open',
    status: 'published',
    publishedAt: '2026-04-11T06:00:00.000Z',
    authors: ['irene-salcedo'],
    categories: ['recipes', 'food'],
    tags: ['in-season'],
    coverUrl: 'https://images.example.org/marlhythe/mackerel-rhubarb.jpg',
    coverAlt: 'Two grilled mackerel on a blue plate with pink rhubarb and watercress',
    body: `
The first mackerel of the year came over the rail of the *Patient Lass* on Tuesday, ten days early. By noon there were forty on the slab at Pellow’s and by one o’clock there were none. I had been told to come at eleven, and I did.

Gooseberries are the usual partner for mackerel, but they are two months off. Rhubarb is here now and does the same work: it is sour enough to cut the oil, and it turns to sauce before the fish is cooked.

![Forced rhubarb tied in bundles on a market stall](https://images.example.org/marlhythe/rhubarb-bundles.jpg "Rhubarb from the Station Field allotments, at £2 a bundle.")

## For four people

~~~text
MACKEREL WITH RHUBARB

4      mackerel, gutted, heads on or off
300 g  rhubarb, cut in 2 cm lengths
40 g   sugar, and more to taste
1      orange, the juice and a strip of peel
1 tsp  mustard seed
       oil, coarse salt, a bunch of watercress

 0 min  Rhubarb, sugar, juice and peel into a small pan, lid on, low heat.
 3 min  Grill on, as hot as it goes. Slash the fish three times each side.
 5 min  Rub with oil, salt and mustard seed, well into the cuts.
 8 min  Under the grill. Take the lid off the rhubarb.
13 min  Turn the fish.
17 min  Everything off. Rest three minutes.
20 min  Watercress, fish, sauce. Table.
~~~

Leave the fish alone while it grills. The skin sticks at first and lets go when it is ready, and a mackerel that is pushed about too soon loses its coat.

Cold, with bread, the leftovers make a better lunch than most I have paid for. If you have a cure of your own, the [recipe drawer](https://example.org/harbour-broadsheet/recipe-drawer) is open.
`,
  },
  {
    number: 4,
    slug: 'council-keeps-saturday-market-on-the-quay',
    title: 'Council votes seven to six to keep the Saturday market on the quay',
    subtitle: 'Station Field plan falls after a three-hour debate and one changed mind',
    status: 'published',
    publishedAt: '2026-05-02T06:00:00.000Z',
    updatedAt: '2026-05-04T10:30:00.000Z',
    authors: ['nell-harcombe'],
    categories: ['council', 'news'],
    tags: ['public-money'],
    coverUrl: 'https://images.example.org/marlhythe/saturday-market.jpg',
    coverAlt: 'Striped awnings of market stalls along a stone quay, with masts behind them',
    commentPolicy: 'held',
    body: `
The Saturday market will stay on the town quay. A proposal to move its fifty-two pitches to Station Field was lost by one vote at the Corn Hall on Thursday, shortly before eleven at night.

The roads committee had argued that market vans block the lifeboat’s way to the slip. Its chairman, Councillor Edmund Prowse, timed the crew’s Land Street run on four Saturdays and found it a minute and fifty seconds slower than on a weekday.

> I don’t want to stand up at an inquest and explain that we knew about the minute and fifty seconds.
>
> — Councillor Edmund Prowse

Traders answered with a petition of 2,316 names and an offer of their own: no van on the quay after half past seven, and the four pitches nearest the slip given up for good.

## The vote that moved

It was the offer that persuaded Councillor Dilys Marchbank, who had seconded the original motion. “I came here to vote for the field,” she said. “But they have found the two minutes themselves, and I can’t ask for them twice.”

The surrendered pitches bring in £4,160 a year. The council will recover a little under half of that by charging £40 a year for each of the forty-eight that remain.

The new arrangement begins on **Saturday 16 May** and will be reviewed after six months. The lifeboat’s coxswain, Jory Penn, said the crew would go on timing the run. “We’ll tell them what the watch says.”

*Correction, 4 May: an earlier version of this report gave the number of names on the petition as 2,136.*
`,
  },
  {
    number: 5,
    slug: 'what-the-seagrass-is-telling-us',
    title: 'What the seagrass is telling us',
    subtitle: 'The meadow in Skerry Bay has grown by half in six years, and the crabbers are making room',
    excerpt:
      'Twenty-six volunteers, one very long rope and a slate: this year’s count in Skerry Bay brings the best news from the seabed since counting began.',
    status: 'published',
    publishedAt: '2026-05-23T06:00:00.000Z',
    authors: ['osric-tindall'],
    categories: ['sea', 'fishing'],
    tags: ['wildlife', 'volunteers'],
    coverUrl: 'https://images.example.org/marlhythe/seagrass-meadow.jpg',
    coverAlt: 'Long green blades of seagrass leaning in clear shallow water',
    body: `
To count seagrass you lie face down in cold water, hold on to a weighted square half a metre across, and part the blades with your fingers as though looking for a dropped earring. Twenty-six people did this in Skerry Bay over three weekends ending last Sunday. They did it 412 times.

Their result is the best since the survey began. The meadow now covers 9.3 hectares, more than half as much again as in 2020, and it is thicker as well as wider.

| Year | Hectares | Shoots per square metre |
| :--- | ---: | ---: |
| 2020 | 6.1 | 44 |
| 2022 | 6.4 | 52 |
| 2024 | 7.9 | 78 |
| 2026 | 9.3 | 97 |

## Why it matters

Seagrass is a flowering plant, with roots and pollen. It holds the sand in place in winter, and in June it is full of pollack no longer than a match. In the same squares this spring the divers noted pipefish, cuttlefish eggs and a single short-snouted seahorse, which stayed, according to the slate, “four minutes, unimpressed”.

Dr Hana Okell, who leads the survey, is careful about the cause. “The winters have been kind and the water has been clearer,” she said. “But the edge has moved fastest on the side where the pots were moved away. I would be surprised if that were chance.”

## Room for both

In 2021 nine crabbers agreed to keep their pots out of a strip along the northern edge. Nobody made them. Peggy Stroud, who fishes two hundred pots from the *Second Thoughts*, said the strip had been poor ground in any case.

> You lose a bit of sand you never liked, and you get the little fish. I’ve made worse bargains ashore.

The full figures, square by square, are on the [survey’s own page](https://example.org/skerry-bay/seagrass/2026). The next count is in May 2028.
`,
  },
  {
    number: 6,
    slug: 'ferry-returns-to-tressick',
    title: 'The ferry returns to Tressick, three mornings a week',
    subtitle: 'Fourteen years after the last crossing, the Kittiwake takes her first passengers on 29 June',
    status: 'published',
    publishedAt: '2026-06-20T06:00:00.000Z',
    authors: ['nell-harcombe'],
    categories: ['harbour', 'news'],
    tags: ['public-money', 'tides'],
    coverUrl: 'https://images.example.org/marlhythe/kittiwake-trials.jpg',
    coverAlt: 'A small white passenger ferry with a green wheelhouse crossing a calm estuary',
    body: `
A ferry will cross from Marlhythe to Tressick again from Monday 29 June, fourteen years after the old service was laid up for want of a new engine.

The *Kittiwake* carries twenty-two people and six bicycles. She was built in 1991 as a pilot boat, and the Tressick Ferry Society bought her last autumn with £68,000 raised in shares of £50. Her skipper will be Morwenna Hext, whose grandfather took the last boat over in 2012 and who was on it, aged eleven.

## Timetable until 30 September

| | Monday | Wednesday | Saturday |
| :--- | :---: | :---: | :---: |
| Leaves town quay | 8.15 | 8.15 | 9.30 |
| Reaches Tressick | 8.40 | 8.40 | 9.55 |
| Leaves Tressick | 12.10 | 12.10 | 1.30 |
| Reaches town quay | 12.35 | 12.35 | 1.55 |

At the lowest spring tides the slip at Tressick dries, and passengers will be landed at the stone steps a hundred yards downstream. Those days are marked on the [printed card](https://example.org/tressick-ferry/timetable).

A single costs £3.50, or £1.50 for anyone under sixteen. Residents of Tressick may buy ten crossings for £20. By road the journey is eleven miles, and there is one bus a day.

“I have been to the dentist by way of the moor for fourteen years,” said Amos Tully, who is eighty-one and holds share certificate number 1. “I shall go by sea on the first Monday, and I hope the filling takes all morning.”
`,
  },
  {
    number: 7,
    slug: 'midsummer-swim-largest-field-since-1988',
    title: 'Midsummer swim fills its largest field since 1988',
    subtitle: 'Two hundred and fourteen entries for tomorrow’s mile from the slip to the Gull Stack buoy',
    status: 'published',
    // The very moment of number 6: the paper comes out once a week.
    publishedAt: '2026-06-20T06:00:00.000Z',
    authors: ['osric-tindall', 'marguerite-loy'],
    categories: ['harbour', 'sea'],
    tags: ['tides', 'volunteers', 'in-season'],
    body: `
There will be 214 swimmers on the lifeboat slip at eleven o’clock tomorrow morning, more than at any Midsummer Swim since the hot summer of 1988. The youngest is fourteen. The oldest, Winifred Sayle, is seventy-nine and has asked that nobody cheer until she is out.

The course is the old one: out from the slip, round the Gull Stack buoy with the buoy on the right hand, and back, a few strokes short of a mile. The water was 14.6 degrees at the slip on Thursday evening.

The tide is on their side. Sunday’s is a neap, the gentlest of the fortnight, and high water falls at 11.42, so most of the field will round the buoy at slack and be carried nowhere they did not mean to go.

### For swimmers

1. Numbers are given out in the net loft from nine. Bring the card you were sent.
2. Yellow caps are compulsory, and they are yours to keep.
3. If you are cold, roll on your back and raise an arm. A canoe will come.
4. Soup is in the net loft afterwards. **Eat it before you drive.**

### For everyone else

The best view is from the end of the south arm, since the north is a building site. Fore Street closes from ten until two. Thirty-four canoes and rowing boats have offered to keep watch, and the organisers would be glad of six more, with names to the [swim committee](https://example.org/marlhythe/midsummer-swim) by tonight.
`,
  },
  {
    number: 8,
    locale: 'es',
    slug: 'las-anchoas-de-puerto-candela',
    title: 'Las anchoas de Puerto Candela llegan al muelle',
    subtitle: 'Cuatro conserveras de la villa hermana enseñan su oficio en la antigua lonja de Marlhythe',
    excerpt:
      'Durante tres días, la antigua lonja volvió a oler a salmuera. Cuatro mujeres de Puerto Candela trajeron sus cuchillos, sus latas y medio siglo de paciencia.',
    status: 'published',
    publishedAt: '2026-07-11T06:00:00.000Z',
    authors: ['irene-salcedo', 'nell-harcombe'],
    categories: ['food', 'fishing'],
    tags: ['local-history', 'in-season'],
    coverUrl: 'https://images.example.org/marlhythe/conserveras.jpg',
    coverAlt: 'Cuatro mujeres con delantal blanco limpian anchoas alrededor de una mesa de mármol',
    body: `
Durante tres días, la antigua lonja de Marlhythe volvió a oler a salmuera. Cuatro conserveras de Puerto Candela, nuestra villa hermana desde 1974, cruzaron el mar con sus cuchillos, dos barriles de anchoa y la intención de que aquí alguien aprendiera a limpiarla como es debido.

«La anchoa no se pela, se desviste», explica Rosario Bengoa, que entró en la fábrica a los dieciséis años y tiene ahora sesenta y ocho. Lo dice sin levantar la vista. Entre sus dedos, el pescado pierde la piel, la espina y las barbas en once segundos; los aprendices, el primer día, tardaban más de un minuto.

## Seis meses en sal

El método apenas ha cambiado:

1. La anchoa se descabeza a mano el mismo día en que llega a puerto.
2. Se coloca en el barril por capas, en forma de rueda, con sal gruesa entre una y otra.
3. Se prensa con piedras y se deja madurar seis meses como mínimo.
4. Se lava en agua fría, se limpia con cuchillo y red, y se cubre de aceite.

> La prisa sabe. Si abres el barril en agosto, te comes la prisa.
>
> — Rosario Bengoa

## Un oficio que se acaba

En 1970 había en Puerto Candela diecinueve fábricas; hoy quedan tres. La más joven del grupo, Nerea Olabe, de treinta y un años, es la única menor de cincuenta en la suya. Por eso acogió con gusto la invitación del museo: «Si en mi pueblo no quieren aprender, lo enseñaré en otro».

Al curso asistieron catorce vecinos, entre ellos Peggy Stroud, patrona del *Second Thoughts*, que ya ha apartado un barril en su cobertizo. Habrá que esperar a enero para probarlo. Las fotografías de las jornadas pueden verse en la [página del museo](https://example.org/marlhythe/museo/conserveras).
`,
  },
  {
    number: 9,
    slug: 'five-novels-for-a-long-low-tide',
    title: 'Five novels for a long low tide',
    subtitle: 'Our summer shelf, chosen for reading out of doors with one eye on the water',
    excerpt:
      'A clerk who measures nothing, a winter that will not end, a harbour without a sea: five books that survived sand, sun cream and the Tressick bus.',
    status: 'published',
    publishedAt: '2026-08-01T06:00:00.000Z',
    authors: ['marguerite-loy'],
    categories: ['books', 'culture'],
    tags: ['in-season'],
    coverUrl: 'https://images.example.org/marlhythe/books-on-shingle.jpg',
    coverAlt: 'Five paperbacks stacked on shingle with a pebble on top to hold the pages down',
    body: `
Each of these was read on Skerry Beach in July, between the hour when the tide uncovers the good flat rock and the hour when it takes it back. That is about four hours, and a fair test of a book.

- **The Slack Water Clerk**, by Delphine Ormsby. A man is paid for thirty years to write down the moment at which nothing happens. It is very funny until page 200, when something does.
- **Eleven Winters at Kell**, by Tomas Brandreth. A schoolteacher goes to an island for a term. Brandreth is stern about love and tender about sheep.
- **A Map of the Dry Harbour**, by Yusra Hallam. The sea withdraws from a port overnight and the town carries on selling chandlery. I have argued about the ending with three people and intend to find a fourth.
- **The Herring Translator**, by Ilse Varden. Two sisters, one letter, no shared language. At 140 pages it can be finished before the rock goes under.
- **Mrs Tredick’s Barometer**, by Joan Ellacombe. A murder, two vicars and the best thunderstorm I have read this year.

## If you take only one

Take the Hallam. It has the plainest sentences of the five and the strangest town, and you will look at our own harbour differently at low water. There is a passage about a boy walking out to touch the anchor of a ship he has only ever seen from above:

> It was smaller than he had expected and very much heavier, and he put his arms round it as he would have put them round a cow.

All five are on the table inside the door of The Bollard on Fore Street. The library has two copies of each, and a [waiting list](https://example.org/marlhythe/library/summer-shelf).
`,
  },
  {
    number: 10,
    slug: 'ansel-brewick-who-kept-the-tide-tables',
    title: 'Ansel Brewick, who kept the tide tables',
    subtitle: 'Harbour clerk for forty-one years; born 9 February 1938, died 12 August 2026',
    status: 'published',
    publishedAt: '2026-08-22T06:00:00.000Z',
    authors: ['marguerite-loy'],
    categories: ['harbour'],
    tags: ['local-history', 'tides'],
    coverExternalId: 'demo-image-2',
    commentPolicy: 'closed',
    body: `
Ansel Brewick, who has died aged eighty-eight, worked out the Marlhythe tide table by hand every year from 1962 until 2003. In all that time he made one mistake, on 3 October 1977, and he never needed reminding of the date.

He was born above the sail loft in Land Street, the third of five. At fifteen he was taken on as a boy in the harbour office, where the clerk, a Mr Gaunt, taught him to reduce a tide with a pencil, a book of constants and a cylinder of boxwood that Gaunt’s own teacher had made. Brewick used the same cylinder for the rest of his working life. It is now in the museum, and he went in on Thursdays to see that it was dusted.

When the office bought its first computer, he checked its table against his own. They differed by two minutes on a single morning in November. He stood on the quay in the rain with a watch, and came back and told the harbour master that the machine was right. “He looked delighted,” she remembered. “He said it was nice to have company.”

He was a ringer at St Bride’s for sixty years, a patient grower of leeks, and a reader of this newspaper, to which he wrote eleven times, always about apostrophes.

His wife, Lettice, died in 2014. He is survived by their daughters, Hester and Joan, four grandchildren, and the table for 2027, which he had finished in July for his own satisfaction.

*The funeral will be at St Bride’s on Friday 28 August, at two o’clock. High water is at 2.20.*
`,
  },
  {
    number: 11,
    slug: 'seventy-five-years-at-eight-oclock',
    title: 'Seventy-five years of weather, at eight o’clock every morning',
    subtitle: 'The log kept by the women of Coastguard Cottages has been copied out at last',
    status: 'published',
    publishedAt: '2026-09-12T06:00:00.000Z',
    authors: ['osric-tindall'],
    categories: ['weather', 'science'],
    tags: ['local-history', 'volunteers'],
    coverUrl: 'https://images.example.org/marlhythe/weather-log.jpg',
    coverAlt: 'An open ledger filled with columns of blue handwriting beside a brass barometer',
    body: `
On 1 September 1951 Enid Garrow, of 2 Coastguard Cottages, tapped the barometer in her hall at eight in the morning and wrote the figure in a sixpenny notebook. Somebody at Coastguard Cottages has done so every day since: Enid, then her niece Rose, then Rose’s neighbour Pat Livesey, who took it over in 1998 and has had four mornings off.

There are now fifty-three notebooks and some 27,000 entries, and as of last week every one has been copied into a table that anyone may [read or download](https://example.org/marlhythe/weather-log). Eighteen volunteers did it, over two winters, at the long table in the library.

## What a line looks like

Each entry gives the pressure, the wind, the rain since yesterday, and whatever else the writer thought fit:

~~~text
1954-11-27  971.1  NW 9   0.6 in  Chimney gone from no. 4. All well.
1966-01-20 1022.4  E 3    nil     Inner basin frozen. Boys on it.
1982-08-27 1016.8  SE 2   nil     Day 31. Beans dead.
2026-01-14  958.3  SW 10  31 mm   Lowest I have seen. North arm breached.
~~~

The last of these, by Mrs Livesey, is the lowest reading in all fifty-three books.

## What the numbers show

It is one barometer in one hall, and nobody should rest too much on it. Even so, the rain column is long enough to be useful. The wettest day of each year was, on average, 27 millimetres in the first twenty-five years of the log and 34 in the last twenty-five.

The county’s drainage engineer has asked for a copy. Mrs Livesey is pleased, within limits. “Enid would have asked what kept him,” she said.
`,
  },
  {
    number: 12,
    slug: 'north-arm-finished',
    title: 'The north arm is finished, nine days late and £31,000 under',
    subtitle: 'Of 2,140 stones that came down, all but 163 have gone back',
    excerpt:
      'The last coping stone was lowered onto Marlhythe’s rebuilt harbour wall on Friday morning. It had already stood up to its first autumn gale.',
    status: 'published',
    publishedAt: '2026-10-10T06:00:00.000Z',
    authors: ['nell-harcombe', 'osric-tindall'],
    categories: ['harbour', 'news', 'sea'],
    tags: ['public-money', 'tides', 'local-history'],
    coverExternalId: 'demo-image-1',
    featured: true,
    body: `
The last coping stone of the north arm was lowered into place at twenty to eleven yesterday morning. Two masons leaned on it, a third put a level across it, and the harbour master, Bridie Callow, was invited to sit down. She did, and ate a sandwich.

The wall was to have been ready by 30 September. The nine days were lost to a single gale, and the commissioners, who had set aside [£1.84 million in March](https://example.org/harbour-broadsheet/harbour-wall-to-be-rebuilt), have spent £1.809 million.

## The wall in figures

- **2,140** stones taken down, of which **1,977** have been used again
- **163** new ones, cut from the same bed at Hallow Quarry
- **88** masons’ marks recorded by the museum, the oldest on a stone dated 1794
- **140** days from the first stone lifted to the last one laid

## A test before the end

On 28 September the spring tide reached 5.9 metres at the gauge with a northerly gale behind it, and the sea ran over the unfinished end for two hours. The masons had lashed down what they could. In the morning four loose stones were on the seabed and nothing that had been laid had moved.

The difference is out of sight. The old wall stood on rubble tipped straight onto sand. The new one has a stepped footing set into the clay two metres below, and a row of drains through its core so that water driven in by one wave can leave before the next.

![Cross-section of the rebuilt wall, showing a stepped footing below the sand](https://images.example.org/marlhythe/north-arm-section.png "The new footing goes two metres below the old one.")

> My grandfather worked on the repairs of 1938 and he cut his initials where he thought nobody would look. We found them, and we put that one back facing out.
>
> — Carys Dunnock, mason

The thirty-one boats return from Tuesday. The four extra per cent on berth fees, Mrs Callow confirmed, will stay for its six years, though the loan may now be cleared a little early.
`,
  },
  {
    number: 13,
    slug: 'four-boats-left',
    title: 'Four boats left: a winter with the herring fleet',
    subtitle: 'First of two parts',
    status: 'draft',
    publishedAt: null,
    authors: ['nell-harcombe'],
    categories: ['fishing', 'harbour'],
    tags: ['local-history', 'in-season'],
    coverUrl: 'https://images.example.org/marlhythe/herring-boats-dusk.jpg',
    coverAlt: 'Four small fishing boats leaving harbour at dusk with their lights on',
    body: `
At ten past four on a November afternoon the *Patient Lass* lets go from the coal quay, and the three boats behind her do the same. In 1926 there were ninety-one of them, and a person could cross the basin on their decks without wetting a shoe. This winter there are four.

They fish with drift nets, as they always have: a curtain of mesh two hundred yards long, hung from corks and left to the tide while the crew drink tea. Each boat may land three tonnes a week. Last year none of them did.

## The crews

- *Patient Lass*: Denzil Hext, and his son Kit
- *Second Thoughts*: Peggy Stroud, crabbing in summer
- *Marigold*: the brothers Alun and Davy Roe
- *Good Intent*: Sam Pellow, of the fish shop, “when the shop can spare me”

Denzil Hext is sixty-four. He has sold the same fish to the same smokehouse since he was nineteen, and the price, he says, has gone up by about the cost of a good coat.

## What keeps them

None of them lives by herring alone. The season runs from October to the middle of January and falls when there is little else to catch. Kit Hext, who is twenty-three, has a ticket for the wind-farm boats and could be earning three times as much by Easter. He has put off the decision twice.

“You see the net come up in the dark with the light on it,” he said. “I haven’t found the job yet that has that in it.”
`,
  },
  {
    number: 14,
    slug: 'the-letter-under-the-clock-tower',
    title: 'To be opened this morning: the letter under the clock tower',
    subtitle: 'A note from this newspaper to its readers of 1 January 2099',
    status: 'published',
    publishedAt: '2099-01-01T09:00:00.000Z',
    authors: ['marguerite-loy', 'nell-harcombe'],
    categories: ['council', 'culture'],
    tags: ['local-history'],
    coverUrl: 'https://images.example.org/marlhythe/clock-tower.jpg',
    coverAlt: 'A short stone clock tower on a quay, with its door standing open',
    body: `
Good morning. If the council has kept its promise, the mayor is standing by the clock tower with a crowbar, and it is cold.

Under the third flagstone from the door there is a copper box, soldered shut on Thursday 1 October 2026. We saw it filled, and since paper may not last as long as intentions, here is the list:

1. A tide table for 2027, worked by hand, the last of its kind.
2. Forty-one letters from the children of Marlhythe School, unread by anyone.
3. A stone chip from the old north arm.
4. One tin of anchovies from Puerto Candela. *Please do not eat it.*
5. The *Harbour Broadsheet* of that week, with the crossword done.

## What we wondered

Whether the ferry still runs. Whether the seagrass has reached the Gull Stack. Whether anyone has settled where the Saturday market ought to be. Whether the new wall is now called the old wall, and who is patching it.

> Dear whoever, I am nine. If I am still alive you can come and ask me things. I will be eighty-one.
>
> — written on an envelope, otherwise sealed

She would not let us print her name. She said you would have to open it and then go and knock.

If you do, take our regards with you. Tell her the newspaper kept its side, and ask her about the ferry.
`,
  },
]

export function demoImages(): ImportedImage[] {
  return IMAGES.map((image, index) => ({ kind: 'image', where: `demo image ${index + 1}`, ...image }))
}

export function demoArticles(): ImportedArticle[] {
  return ARTICLES.map(({ number, body, authors, categories, tags, ...written }) => ({
    kind: 'article',
    where: `demo article ${number}`,
    externalId: articleId(number),
    ...written,
    body: { format: 'markdown', source: body.trim() },
    authors: authors.map(authorReference),
    categories: categories.map(categoryReference),
    tags: tags.map(tagReference),
  }))
}
