import type { ImportedComment } from '../domain/interchange.ts'
import { articleId } from './articles.ts'

interface Written {
  number: number
  /** `number` of the comment that this one answers. */
  replyTo?: number
  /** Approved where it is left out. */
  status?: ImportedComment['status']
  name: string
  email: string
  url?: string
  createdAt: string
  /** Markdown. */
  body: string
}

const commentId = (number: number): string => `demo-comment-${number}`

/** By the number of the article; a comment stands before its replies. */
const THREADS: Record<number, Written[]> = {
  1: [
    {
      number: 1,
      name: 'Gwil Ashby',
      email: 'gwil.ashby@example.org',
      createdAt: '2026-03-07T09:12:00.000Z',
      body: `Four per cent for *six years* on a nine-metre boat is £276 by the end of it. I’m not against the wall. I would like to know what happens to the fee in year seven.`,
    },
    {
      number: 2,
      replyTo: 1,
      name: 'Bernice Holloway',
      email: 'b.holloway@example.net',
      createdAt: '2026-03-07T10:40:00.000Z',
      body: `
> what happens to the fee in year seven

It comes off. It’s in the minutes, item 9, and they are [on the harbour page](https://example.org/marlhythe/harbour/minutes). I was there and asked the same question.`,
    },
    {
      number: 3,
      replyTo: 2,
      name: 'Gwil Ashby',
      email: 'gwil.ashby@example.org',
      createdAt: '2026-03-07T11:05:00.000Z',
      body: `Thank you, Bernice. Item 9 says it “may be reviewed”. My father’s dues were going to be reviewed in 1984.`,
    },
    {
      number: 4,
      replyTo: 3,
      name: 'Nell Harcombe',
      email: 'nell.harcombe@example.org',
      url: 'https://example.org/harbour-broadsheet/nell-harcombe',
      createdAt: '2026-03-09T08:30:00.000Z',
      body: `I put this to the harbour master this morning. The resolution **ends the increase on 31 March 2032**, and the word “reviewed” is about the ordinary yearly change. She has asked for the minute to be made clearer.`,
    },
    {
      number: 5,
      replyTo: 4,
      name: 'Gwil Ashby',
      email: 'gwil.ashby@example.org',
      createdAt: '2026-03-09T12:47:00.000Z',
      body: `Then I have no complaint, which is a strange feeling for a Monday.`,
    },
    {
      number: 6,
      name: 'Theo Carne',
      email: 'theo.carne@example.net',
      createdAt: '2026-03-08T18:20:00.000Z',
      body: `If the museum wants help with the masons’ marks I have a decent camera, a ladder and no plans for the summer. Who do I ask?`,
    },
  ],
  3: [
    {
      number: 7,
      name: 'Maud Perrin',
      email: 'maud.perrin@example.org',
      createdAt: '2026-04-11T17:55:00.000Z',
      body: `Made this tonight. Seventeen minutes is right for a big fish. Ours were small and were done at *twelve*, so keep an eye on them.`,
    },
    {
      number: 8,
      replyTo: 7,
      name: 'Irene Salcedo',
      email: 'irene.salcedo@example.org',
      url: 'https://example.org/harbour-broadsheet/irene-salcedo',
      createdAt: '2026-04-12T08:10:00.000Z',
      body: `Quite right. Mine were about 400 g each. Under 250 g, three minutes a side is plenty.`,
    },
    {
      number: 9,
      replyTo: 8,
      name: 'Maud Perrin',
      email: 'maud.perrin@example.org',
      createdAt: '2026-04-12T09:26:00.000Z',
      body: `Nobody left any, so no harm done.`,
    },
    {
      number: 10,
      name: 'Idwal Frayne',
      email: 'idwal@example.net',
      createdAt: '2026-04-13T12:02:00.000Z',
      body: `
My grandmother’s version, for anyone without a grill:

- roll the fillets in oatmeal
- fry in bacon fat, skin side *last*
- rhubarb stewed with nothing but a spoon of honey`,
    },
    {
      number: 11,
      status: 'spam',
      name: 'Kitchen Deals Daily',
      email: 'offers@example.net',
      url: 'https://example.net/knives',
      createdAt: '2026-04-14T03:33:00.000Z',
      body: `Great post!! Chefs every where are switching to these knives. **80% off today only** [click here](https://example.net/knives) and [here](https://example.net/knives?again) before they gone`,
    },
  ],
  4: [
    {
      number: 12,
      name: 'Rosalind Tukes',
      email: 'r.tukes@example.org',
      createdAt: '2026-05-02T08:15:00.000Z',
      body: `I have had pitch 31 since 2009, and I will happily pay £40 to go on seeing the boats from it. Thank you, Councillor Marchbank. Come by and I’ll find you a cheese.`,
    },
    {
      number: 13,
      replyTo: 12,
      name: 'Dilys Marchbank',
      email: 'd.marchbank@example.org',
      createdAt: '2026-05-02T13:30:00.000Z',
      body: `That is kind. I had better *buy* the cheese, and ask for a receipt.`,
    },
    {
      number: 14,
      name: 'Hector Lanyard',
      email: 'hector.lanyard@example.net',
      createdAt: '2026-05-03T07:41:00.000Z',
      body: `
> one minute and fifty seconds

I was on the crew for twenty years. Please don’t read that as a small number. If the vans really are gone by half past seven it may come down to thirty seconds, and I’d call that a fair bargain. I will be one of those holding the watch.`,
    },
    {
      number: 15,
      status: 'pending',
      name: 'Phyllida Nance',
      email: 'phyllida.nance@example.org',
      createdAt: '2026-05-05T19:04:00.000Z',
      body: `Will the four empty pitches be painted off? Otherwise somebody will have parked in them by June. Last year’s hatching by the [slip](https://example.org/marlhythe/harbour/slip) lasted one tide.`,
    },
    {
      number: 16,
      status: 'rejected',
      name: 'Ratepayer',
      email: 'ratepayer@example.net',
      createdAt: '2026-05-03T22:58:00.000Z',
      body: `Everyone knows who bought that vote and **I can tell you what with**. Ask her where she gets her fish.`,
    },
  ],
  5: [
    {
      number: 17,
      name: 'Sunniva Bray',
      email: 'sunniva.bray@example.org',
      createdAt: '2026-05-23T09:48:00.000Z',
      body: `I was on the other end of the very long rope. The seahorse was in **square 288**, and I can confirm that it was not impressed.`,
    },
    {
      number: 18,
      replyTo: 17,
      status: 'deleted',
      name: 'Piers Wadham',
      email: 'piers.wadham@example.net',
      createdAt: '2026-05-23T11:20:00.000Z',
      body: `Is that the sandy patch off the second groyne, where the moorings were?`,
    },
    {
      number: 19,
      replyTo: 18,
      name: 'Hana Okell',
      email: 'hana.okell@example.org',
      url: 'https://example.org/skerry-bay/seagrass',
      createdAt: '2026-05-23T15:02:00.000Z',
      body: `We would rather not say exactly where, if nobody minds. Seahorses are protected and they are *very* faithful to one spot. We’ve left the square numbers out of the public table for the same reason.`,
    },
    {
      number: 20,
      replyTo: 19,
      name: 'Sunniva Bray',
      email: 'sunniva.bray@example.org',
      createdAt: '2026-05-23T16:17:00.000Z',
      body: `Sorry, Hana. Forget I gave a number, everyone.`,
    },
    {
      number: 21,
      name: 'Corin Ledger',
      email: 'corin.ledger@example.net',
      createdAt: '2026-05-25T20:36:00.000Z',
      body: `Could the table have 2018 in it? There was a count of a sort that year, with the school. I still have the slates: *4.8 hectares*, though I wouldn’t swear to the corners.`,
    },
  ],
  8: [
    {
      number: 22,
      name: 'Begoña Larrea',
      email: 'begona.larrea@example.org',
      createdAt: '2026-07-11T10:05:00.000Z',
      body: `Mi madre trabajó treinta años al lado de Rosario. Lo de *desvestir* la anchoa se lo oí decir a ella mil veces. Gracias por contarlo con tanto cariño.`,
    },
    {
      number: 23,
      replyTo: 22,
      name: 'Irene Salcedo',
      email: 'irene.salcedo@example.org',
      url: 'https://example.org/harbour-broadsheet/irene-salcedo',
      createdAt: '2026-07-11T18:44:00.000Z',
      body: `¡Begoña! Rosario habló mucho de tu madre. Dice que era **la única más rápida que ella**, y que no piensa repetirlo.`,
    },
    {
      number: 24,
      name: 'Peggy Stroud',
      email: 'peggy.stroud@example.net',
      createdAt: '2026-07-12T06:50:00.000Z',
      body: `I had this read out to me by my niece. The barrel is in the shed with a stone on it, and nobody is to touch it before January.`,
    },
  ],
  9: [
    {
      number: 25,
      name: 'Leonie Vosper',
      email: 'leonie.vosper@example.org',
      createdAt: '2026-08-01T12:22:00.000Z',
      body: `I will be your fourth person. The ending of the Hallam is *right*, because if the water came back the boy would have touched the anchor for nothing.`,
    },
    {
      number: 26,
      replyTo: 25,
      name: 'Marguerite Loy',
      email: 'marguerite.loy@example.org',
      url: 'https://example.org/harbour-broadsheet/marguerite-loy',
      createdAt: '2026-08-01T16:09:00.000Z',
      body: `That is the best case anyone has made for it. I still think she flinches in the last paragraph. The Bollard, Thursday at six?`,
    },
    {
      number: 27,
      replyTo: 26,
      name: 'Leonie Vosper',
      email: 'leonie.vosper@example.org',
      createdAt: '2026-08-01T16:31:00.000Z',
      body: `Thursday at six. I’ll bring the page.`,
    },
    {
      number: 28,
      replyTo: 27,
      name: 'Barnaby Kew',
      email: 'barnaby.kew@example.net',
      createdAt: '2026-08-02T09:00:00.000Z',
      body: `This is the shop. We’ll put two chairs out. Anyone who has *finished the book* is welcome to stand.`,
    },
    {
      number: 29,
      name: 'Cuthbert Rills',
      email: 'cuthbert.rills@example.org',
      createdAt: '2026-08-04T14:13:00.000Z',
      body: `
A small protest on behalf of **Mrs Tredick’s Barometer**. There are three vicars. The third is mentioned once, in chapter two, and

> had the look of a man who has counted the spoons

so nobody should say they weren’t warned.`,
    },
  ],
}

export function demoComments(): ImportedComment[] {
  return Object.entries(THREADS).flatMap(([article, comments]) =>
    comments.map((comment) => ({
      kind: 'comment',
      where: `demo comment ${comment.number}`,
      externalId: commentId(comment.number),
      articleExternalId: articleId(Number(article)),
      parentExternalId: comment.replyTo === undefined ? null : commentId(comment.replyTo),
      status: comment.status ?? 'approved',
      authorName: comment.name,
      authorEmail: comment.email,
      authorUrl: comment.url ?? null,
      createdAt: comment.createdAt,
      body: { format: 'markdown', source: comment.body.trim() },
    })),
  )
}
