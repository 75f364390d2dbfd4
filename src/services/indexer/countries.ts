// The countries of the world: facts that upstream loads from the internet when it starts.

import type { Row } from './entities.ts'
import { literalKey } from './keys.ts'

/**
 * ISO 3166 code, latitude, longitude and name by region and subregion, which are those of the UN (M49). Places are
 * from the npm package `country-locale-map` 1.9.14, most names from `countries-list` 3.4.1 (both MIT).
 */
const table = `
# Africa/Northern Africa
DZ 28.03 1.66 Algeria
EG 26.82 30.8 Egypt
EH 24.22 -12.89 Western Sahara
LY 26.34 17.23 Libya
MA 31.79 -7.09 Morocco
SD 12.86 30.22 Sudan
TN 33.89 9.54 Tunisia
# Africa/Eastern Africa
BI -3.37 29.92 Burundi
DJ 11.83 42.59 Djibouti
ER 15.18 39.78 Eritrea
ET 9.15 40.49 Ethiopia
IO -6.34 71.88 British Indian Ocean Territory
KE -0.02 37.91 Kenya
KM -11.88 43.87 Comoros
MG -18.77 46.87 Madagascar
MU -20.35 57.55 Mauritius
MW -13.25 34.3 Malawi
MZ -18.67 35.53 Mozambique
RE -21.12 55.54 Réunion
RW -1.94 29.87 Rwanda
SC -4.68 55.49 Seychelles
SO 5.15 46.2 Somalia
TZ -6.37 34.89 Tanzania
UG 1.37 32.29 Uganda
YT -12.83 45.17 Mayotte
ZM -13.13 27.85 Zambia
ZW -19.02 29.15 Zimbabwe
# Africa/Middle Africa
AO -11.2 17.87 Angola
CD -4.04 21.76 DR Congo
CF 6.61 20.94 Central African Republic
CG -0.23 15.83 Republic of the Congo
CM 7.37 12.35 Cameroon
GA -0.8 11.61 Gabon
GQ 1.65 10.27 Equatorial Guinea
SS 7 30 South Sudan
ST 0.19 6.61 São Tomé and Príncipe
TD 15.45 18.73 Chad
# Africa/Southern Africa
BW -22.33 24.68 Botswana
LS -29.61 28.23 Lesotho
NA -22.96 18.49 Namibia
SZ -26.52 31.47 Eswatini
ZA -30.56 22.94 South Africa
# Africa/Western Africa
BF 12.24 -1.56 Burkina Faso
BJ 9.31 2.32 Benin
CI 7.54 -5.55 Ivory Coast
CV 16 -24.01 Cape Verde
GH 7.95 -1.02 Ghana
GM 13.44 -15.31 Gambia
GN 9.95 -9.7 Guinea
GW 11.8 -15.18 Guinea-Bissau
LR 6.43 -9.43 Liberia
ML 17.57 -4 Mali
MR 21.01 -10.94 Mauritania
NE 17.61 8.08 Niger
NG 9.08 8.68 Nigeria
SH -24.14 -10.03 Saint Helena, Ascension and Tristan da Cunha
SL 8.46 -11.78 Sierra Leone
SN 14.5 -14.45 Senegal
TG 8.62 0.82 Togo
# Americas/Caribbean
AG 17.06 -61.8 Antigua and Barbuda
AI 18.22 -63.07 Anguilla
AW 12.52 -69.97 Aruba
BB 13.19 -59.54 Barbados
BL 18.5 -63.42 Saint Barthélemy
BQ 12.18 -68.25 Caribbean Netherlands
BS 25.03 -77.4 Bahamas
CU 21.52 -77.78 Cuba
CW 12.12 -68.93 Curaçao
DM 15.41 -61.37 Dominica
DO 18.74 -70.16 Dominican Republic
GD 12.26 -61.6 Grenada
GP 17 -62.07 Guadeloupe
HT 18.97 -72.29 Haiti
JM 18.11 -77.3 Jamaica
KN 17.36 -62.78 Saint Kitts and Nevis
KY 19.51 -80.57 Cayman Islands
LC 13.91 -60.98 Saint Lucia
MF 18.08 -63.95 Saint Martin
MQ 14.64 -61.02 Martinique
MS 16.74 -62.19 Montserrat
PR 18.22 -66.59 Puerto Rico
SX 18.03 -63.05 Sint Maarten
TC 21.69 -71.8 Turks and Caicos Islands
TT 10.69 -61.22 Trinidad and Tobago
VC 12.98 -61.29 Saint Vincent and the Grenadines
VG 18.42 -64.64 British Virgin Islands
VI 18.34 -64.9 United States Virgin Islands
# Americas/Central America
BZ 17.19 -88.5 Belize
CR 9.75 -83.75 Costa Rica
GT 15.78 -90.23 Guatemala
HN 15.2 -86.24 Honduras
NI 12.87 -85.21 Nicaragua
PA 8.54 -80.78 Panama
SV 13.79 -88.9 El Salvador
# Americas/North America
BM 32.32 -64.76 Bermuda
CA 56.13 -106.35 Canada
GL 71.71 -42.6 Greenland
MX 23.63 -102.55 Mexico
PM 46.94 -56.27 Saint Pierre and Miquelon
UM 19.3 166.63 United States Minor Outlying Islands
US 37.09 -95.71 United States
# Americas/South America
AR -38.42 -63.62 Argentina
BO -16.29 -63.59 Bolivia
BR -14.24 -51.93 Brazil
CL -35.68 -71.54 Chile
CO 4.57 -74.3 Colombia
EC -1.83 -78.18 Ecuador
FK -51.8 -59.52 Falkland Islands
GF 3.93 -53.13 French Guiana
GY 4.86 -58.93 Guyana
PE -9.19 -75.02 Peru
PY -23.44 -58.44 Paraguay
SR 3.92 -56.03 Suriname
UY -32.52 -55.77 Uruguay
VE 6.42 -66.59 Venezuela
# Antarctic/unknown subregion
AQ -75.25 -0.07 Antarctica
BV -54.42 3.41 Bouvet Island
GS -54.43 -36.59 South Georgia
HM -53.08 73.5 Heard Island and McDonald Islands
TF -49.28 69.35 French Southern and Antarctic Lands
# Asia/Central Asia
KG 41.2 74.77 Kyrgyzstan
KZ 48.02 66.92 Kazakhstan
TJ 38.86 71.28 Tajikistan
TM 38.97 59.56 Turkmenistan
UZ 41.38 64.59 Uzbekistan
# Asia/Eastern Asia
CN 35.86 104.2 China
HK 22.4 114.11 Hong Kong
JP 36.2 138.25 Japan
KP 40.34 127.51 North Korea
KR 35.91 127.77 South Korea
MN 46.86 103.85 Mongolia
MO 22.2 113.54 Macau
TW 23.7 120.96 Taiwan
# Asia/South-Eastern Asia
BN 4.54 114.73 Brunei
ID -0.79 113.92 Indonesia
KH 12.57 104.99 Cambodia
LA 19.86 102.5 Laos
MM 21.91 95.96 Myanmar
MY 4.21 101.98 Malaysia
PH 12.88 121.77 Philippines
SG 1.35 103.82 Singapore
TH 15.87 100.99 Thailand
TL -8.87 125.73 East Timor
VN 14.06 108.28 Vietnam
# Asia/Southern Asia
AF 33.94 67.71 Afghanistan
BD 23.68 90.36 Bangladesh
BT 27.51 90.43 Bhutan
IN 20.59 78.96 India
IR 32.43 53.69 Iran
LK 7.87 80.77 Sri Lanka
MV 3.2 73.22 Maldives
NP 28.39 84.12 Nepal
PK 30.38 69.35 Pakistan
# Asia/Western Asia
AE 23.42 53.85 United Arab Emirates
AM 40.07 45.04 Armenia
AZ 40.14 47.58 Azerbaijan
BH 25.93 50.64 Bahrain
GE 42.32 43.36 Georgia
IL 31.05 34.85 Israel
IQ 33.22 43.68 Iraq
JO 30.59 36.24 Jordan
KW 29.31 47.48 Kuwait
LB 33.85 35.86 Lebanon
OM 21.51 55.92 Oman
PS 31.95 35.23 Palestine
QA 25.35 51.18 Qatar
SA 23.89 45.08 Saudi Arabia
SY 34.8 39 Syria
TR 38.96 35.24 Turkey
YE 15.55 48.52 Yemen
# Europe/Central Europe
AT 47.52 14.55 Austria
CZ 49.82 15.47 Czechia
HU 47.16 19.5 Hungary
PL 51.92 19.15 Poland
SI 46.15 15 Slovenia
SK 48.67 19.7 Slovakia
# Europe/Eastern Europe
BY 53.71 27.95 Belarus
MD 47.41 28.37 Moldova
RU 61.52 105.32 Russia
UA 48.38 31.17 Ukraine
# Europe/Northern Europe
AX 60.12 19.9 Åland Islands
DK 56.26 9.5 Denmark
EE 58.6 25.01 Estonia
FI 61.92 25.75 Finland
FO 61.89 -6.91 Faroe Islands
GB 55.38 -3.44 United Kingdom
GG 49.47 -2.59 Guernsey
IE 53.41 -8.24 Ireland
IM 54.24 -4.55 Isle of Man
IS 64.96 -19.02 Iceland
JE 49.21 -2.13 Jersey
LT 55.17 23.88 Lithuania
LV 56.88 24.6 Latvia
NO 60.47 8.47 Norway
SE 60.13 18.64 Sweden
SJ 77.55 23.67 Svalbard and Jan Mayen
# Europe/Southeast Europe
AL 41.15 20.17 Albania
BA 43.92 17.68 Bosnia and Herzegovina
BG 42.73 25.49 Bulgaria
HR 45.1 15.2 Croatia
ME 42.71 19.37 Montenegro
MK 41.61 21.75 North Macedonia
RO 45.94 24.97 Romania
RS 44.02 21.01 Serbia
XK 42.6 20.9 Kosovo
# Europe/Southern Europe
AD 42.55 1.6 Andorra
CY 35.13 33.43 Cyprus
ES 40.46 -3.75 Spain
GI 36.14 -5.35 Gibraltar
GR 39.07 21.82 Greece
IT 41.87 12.57 Italy
MT 35.94 14.38 Malta
PT 39.4 -8.22 Portugal
SM 43.94 12.46 San Marino
VA 41.9 12.45 Vatican City
# Europe/Western Europe
BE 50.5 4.47 Belgium
CH 46.82 8.23 Switzerland
DE 51.17 10.45 Germany
FR 46.23 2.21 France
LI 47.17 9.56 Liechtenstein
LU 49.82 6.13 Luxembourg
MC 43.75 7.41 Monaco
NL 52.13 5.29 Netherlands
# Oceania/Australia and New Zealand
AU -25.27 133.78 Australia
CC -12.16 96.87 Cocos (Keeling) Islands
CX -10.45 105.69 Christmas Island
NF -29.04 167.95 Norfolk Island
NZ -40.9 174.89 New Zealand
# Oceania/Melanesia
FJ -16.58 179.41 Fiji
NC -20.9 165.62 New Caledonia
PG -6.31 143.96 Papua New Guinea
SB -9.65 160.16 Solomon Islands
VU -15.38 166.96 Vanuatu
# Oceania/Micronesia
FM 7.43 150.55 Micronesia
GU 13.44 144.79 Guam
KI -3.37 -168.73 Kiribati
MH 7.13 171.18 Marshall Islands
MP 17.33 145.38 Northern Mariana Islands
NR -0.52 166.93 Nauru
PW 7.51 134.58 Palau
# Oceania/Polynesia
AS -14.27 -170.13 American Samoa
CK -21.24 -159.78 Cook Islands
NU -19.05 -169.87 Niue
PF -17.68 -149.41 French Polynesia
PN -24.7 -127.44 Pitcairn Islands
TK -8.97 -171.86 Tokelau
TO -21.18 -175.2 Tonga
TV -7.11 177.65 Tuvalu
WF -13.77 -177.16 Wallis and Futuna
WS -13.76 -172.1 Samoa
`

/** The rows of all countries, by name; ids count from 1. Cities are none: no client asks for them. */
export function countryRows(): readonly Row<'Country'>[] {
  const countries: Omit<Row<'Country'>, 'key' | 'countryID'>[] = []
  let place: readonly string[] = []
  for (const line of table.trim().split('\n')) {
    if (line.startsWith('# ')) {
      place = line.slice(2).split('/')
      continue
    }
    const [code, lat, long, ...name] = line.split(' ') as [string, string, string, ...string[]]
    const [region = '', subregion = ''] = place
    countries.push({ code, name: name.join(' '), region, subregion, lat, long })
  }
  const byName = countries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return byName.map((country, i) => ({
    key: literalKey(String(i + 1)),
    countryID: i + 1,
    ...country,
  }))
}
