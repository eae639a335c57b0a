// One application in a process of its own.
import { apps, isAppName } from './apps.js'
import { serve } from './serve.js'

const [, , name = ''] = process.argv
if (!isAppName(name)) throw new Error(`no application ${JSON.stringify(name)}`)
serve(apps[name]())
