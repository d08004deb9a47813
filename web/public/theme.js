// Before the first paint: the theme that was chosen, so that nothing flashes.
try {
  const { theme } = JSON.parse(localStorage.getItem('mailkeep.preferences') ?? '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // What cannot be read is not chosen.
}
