import { runProcess } from './main.ts'
runProcess('courier', async (_init, { listen }) => {
  await listen('vault', 10, (connection) => connection.destroy())
  await listen('admin', 10, (connection) => connection.destroy())
  return { health: () => ({ connections: 0 }), stop: () => Promise.resolve() }
})
