// what never comes
await new Promise(() => {})
