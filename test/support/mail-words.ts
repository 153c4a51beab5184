// What the people of the sample mails are called and write, in several scripts.
import type { Random } from './random.ts';

export interface Person {
  readonly name: string;
  readonly address: string;
}

export interface Language {
  readonly code: string;
  readonly subjects: readonly [string, ...string[]];
  readonly sentences: readonly [string, ...string[]];
  /** Common words and pieces of words; made-up sentences of them compress about as well as real text does. */
  readonly words: readonly string[];
  readonly pieces: readonly string[];
  /** What stands between words. */
  readonly space: string;
}

export const people: readonly [Person, ...Person[]] = [
  { name: 'Dana Whitfield', address: 'dana.whitfield@northgate.example' },
  { name: 'Jürgen Groß', address: 'juergen.gross@werft.example' },
  { name: '山田 花子', address: 'hanako@minato.example' },
  { name: 'Анна Соколова', address: 'a.sokolova@gavan.example' },
  { name: 'ليلى حداد', address: 'layla@marsa.example' },
  { name: 'O’Brien, Siobhán', address: 'siobhan.obrien@quay.example' },
  { name: 'Łukasz Żak', address: 'lukasz@port.example' },
  { name: 'Harbour Bulletin', address: 'bulletin@news.harbour.example' },
  { name: 'Billing', address: 'no-reply@billing.example' },
  { name: '', address: 'ops@relay.example' },
];

export const languages: readonly [Language, ...Language[]] = [
  {
    code: 'en',
    subjects: ['Minutes of the Tuesday meeting', 'Invoice for October', 'Can we move the call?', 'Draft of the contract, second version'],
    sentences: [
      'The tide tables for next week are attached; please check the times for the northern berth.',
      'I spoke to the supplier this morning and they can deliver on Thursday at the earliest.',
      'Could you look over section four before the end of the day?',
      'We agreed on a price of 1,240 including transport, so the figures in the last mail no longer hold.',
      'Thanks for the quick answer, that helps a lot.',
      'The second engine still shows the fault that was reported in March.',
    ],
    words:
      'the of to and a in is that for it on with as was be by at this from are have not but we you they will which one all there can has been their more if would when about who out up so what some time into only could new these two may then do first any my now such like our over me even most made after also did many before must through back years where much your way well down should because each just those people how too little state good very make world still own see men work long get here between both life being under never day same another know while last might us great old year off come since against go came right used take three'.split(
        ' ',
      ),
    pieces:
      'ar ber cor den el fin gar hal in ker lan mor nor or pel qui ren sal tor un ver wil ash bri cla dre est fro gre hol ing jus lin mat ner ost pra rick sten ter und ward yar ment tion ly ed s er al ic'.split(
        ' ',
      ),
    space: ' ',
  },
  {
    code: 'de',
    subjects: ['Rückfrage zum Angebot', 'Grüße aus Lübeck', 'Übergabe am Freitag', 'Prüfbericht für die Fähre'],
    sentences: [
      'Die Übergabe müssen wir leider auf nächste Woche verschieben, weil das Gerät noch geprüft wird.',
      'Können Sie mir bitte die geänderten Maße bis morgen früh schicken?',
      'Vielen Dank für die schnelle Rückmeldung, so können wir weitermachen.',
      'Für die Prüfung fehlen uns noch zwei Unterschriften.',
    ],
    words:
      'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde wenn können schon hier dann gegen vom wir uns sehr bitte morgen heute gestern woche schiff hafen angebot rechnung prüfung termin'.split(
        ' ',
      ),
    pieces:
      'ab be ein ver ge un auf er vor her hin schaft keit ung lich isch bar haus werk zeug fahrt gang land wasser teil stück zahl recht stelle grund buch tag jahr kraft weg blatt bild tisch satz stand en te st e'.split(
        ' ',
      ),
    space: ' ',
  },
  {
    code: 'ja',
    subjects: ['次回の会議について', '請求書の送付', '荷物の到着予定'],
    sentences: [
      'お世話になっております。先日の件につきまして、資料を添付いたします。',
      '来週の会議は火曜日の午後二時からに変更となりました。',
      'ご確認のほど、よろしくお願いいたします。',
    ],
    words:
      'の は に を が と で も です ます した して から まで ので ため こと もの この その 本日 明日 会議 資料 確認 連絡 予定 変更 場合 時間 会社 荷物 到着 出発 港 船 請求 契約 担当'.split(
        ' ',
      ),
    pieces:
      '山 川 田 中 大 小 東 西 南 北 新 古 高 長 海 空 木 林 森 石 金 土 水 火 月 日 年 時 分 人 口 手 足 目 耳 心 力 生 学 校 文 字 国 外 内 前 後 上 下 左 右 間 道 車 電 気 話 語 読 書 見 行 来 食 飲 買 売'.split(
        ' ',
      ),
    space: '',
  },
  {
    code: 'ru',
    subjects: ['Расписание рейсов на декабрь', 'Вопрос по договору'],
    sentences: [
      'Добрый день! Направляю вам обновлённое расписание рейсов.',
      'Пожалуйста, подтвердите получение документов до конца недели.',
      'Груз прибудет в порт в среду утром, если погода не изменится.',
    ],
    words:
      'и в не на я что он с как это по но они мы она к у вы за так же от из бы о для до если есть был была было были уже когда только или ещё при может нас вас их его ему порт груз судно рейс договор счёт неделя завтра сегодня утром просьба'.split(
        ' ',
      ),
    pieces:
      'по при про пере раз вы на от до у ход воз лет дел ста ров нов мир вод зем лом кор бор тор ник тель ость ние ка ный ская ать ить ся ов ом ами'.split(
        ' ',
      ),
    space: ' ',
  },
  {
    code: 'ar',
    subjects: ['موعد وصول السفينة', 'تأكيد الحجز'],
    sentences: ['مرحبا، نرفق لكم جدول الرحلات الجديد.', 'يرجى تأكيد الاستلام قبل نهاية الأسبوع.', 'شكرا جزيلا على تعاونكم معنا.'],
    words:
      'في من على إلى عن مع هذا هذه ذلك التي الذي ما لا لم أن إن كان كانت قد بعد قبل كل بعض غير عند حتى أو ثم لكن نحن أنتم هم السفينة الميناء الشحنة العقد الفاتورة غدا اليوم الأسبوع يرجى'.split(
        ' ',
      ),
    pieces: 'م ست مت ال و ي ت ن كتب درس علم عمل قول فعل جمع فتح خرج دخل سفر بحر بر حمل نقل رسل وصل ات ون ين ة ها هم نا'.split(' '),
    space: ' ',
  },
];

export const attachmentNames: readonly [string, ...string[]] = [
  'tide-table.pdf',
  'photo_0412.jpg',
  'Angebot für die Fähre.docx',
  'figures.xlsx',
  '請求書.pdf',
  'archive.zip',
];

/** A sentence as it is, or a made-up one: words that are common by Zipf's law, and one in four never seen before. */
export function sentence(random: Random, language: Language): string {
  if (random.chance(0.2)) return random.pick(language.sentences);
  const words = Array.from({ length: 6 + random.integer(14) }, () =>
    random.chance(0.25) ? newWord(random, language) : commonWord(random, language),
  );
  return `${words.join(language.space)}${language.code === 'ja' ? '。' : '.'}`;
}

function commonWord(random: Random, { words }: Language): string {
  // The square of an even distribution prefers the front of the list.
  return words[Math.floor(random.next() ** 2 * words.length)] ?? '';
}

function newWord(random: Random, { pieces }: Language): string {
  if (random.chance(0.1)) return String(random.integer(10_000));
  return Array.from({ length: 2 + random.integer(3) }, () => pieces[random.integer(pieces.length)] ?? '').join('');
}
