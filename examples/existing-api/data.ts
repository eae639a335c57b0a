import type { Data } from 'json-server'

/** A new copy at each call, for json-server changes what it is given. */
export function initialData(): Data {
  return {
    articles: [
      { id: 1, title: 'Opening hours', text: 'From nine to five.' },
      { id: 2, title: 'House rules', text: 'Please be quiet.' },
    ],
    comments: [
      { id: 1, articleId: 1, text: 'And on Saturday?' },
      { id: 2, articleId: 2, text: 'Is whispering allowed?' },
    ],
    profile: { name: 'City Library', open: true },
  }
}
