export interface Settings {
  /** 0 lets the system choose one */
  readonly port: number
  /** path of the SQLite file */
  readonly database: string
}

/** A mistake that the person who starts the server can mend: it is told in one line, without a stack. */
export class StartError extends Error {}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PORT = '3000', DATABASE = 'articles.db' } = env
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65535) {
    throw new StartError(
      `PORT is ${JSON.stringify(PORT)}. Give a whole number from 0 to 65535: PORT=3000 npm start`,
    )
  }
  if (DATABASE === '') {
    throw new StartError('DATABASE is empty. Give the path of a SQLite file: DATABASE=articles.db npm start')
  }
  return { port: Number(PORT), database: DATABASE }
}
