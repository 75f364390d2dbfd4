// Where farms stand: a few real cities, so that maps and filters have something to show.

/** The place of a node, as it tells the chain and its API. */
export interface Site {
  readonly city: string
  readonly country: string
  readonly countryCode: string
  readonly continent: string
  readonly latitude: number
  readonly longitude: number
}

const place = (
  city: string,
  country: string,
  countryCode: string,
  continent: string,
  [latitude, longitude]: readonly [number, number],
): Site => Object.freeze({ city, country, countryCode, continent, latitude, longitude })

const sites: readonly Site[] = [
  place('Ghent', 'Belgium', 'BE', 'Europe', [51.0543, 3.7174]),
  place('Lochristi', 'Belgium', 'BE', 'Europe', [51.0964, 3.8319]),
  place('Vienna', 'Austria', 'AT', 'Europe', [48.2082, 16.3738]),
  place('Cairo', 'Egypt', 'EG', 'Africa', [30.0444, 31.2357]),
  place('Zanzibar', 'Tanzania', 'TZ', 'Africa', [-6.1659, 39.2026]),
  place('Salzburg', 'Austria', 'AT', 'Europe', [47.8095, 13.055]),
  place('Dubai', 'United Arab Emirates', 'AE', 'Asia', [25.2048, 55.2708]),
  place('Toronto', 'Canada', 'CA', 'North America', [43.6532, -79.3832]),
  place('Dallas', 'United States', 'US', 'North America', [32.7767, -96.797]),
  place('Sao Paulo', 'Brazil', 'BR', 'South America', [-23.5505, -46.6333]),
  place('Singapore', 'Singapore', 'SG', 'Asia', [1.3521, 103.8198]),
  place('Sydney', 'Australia', 'AU', 'Oceania', [-33.8688, 151.2093]),
]

/** The place of a farm; farms take the cities in turn. */
export function siteOf(farmId: number): Site {
  return sites[(Math.max(1, farmId) - 1) % sites.length]!
}
