/** Why nothing can be told of an API; in words for whoever asked. */
export class Inconclusive extends Error {}
