// Usual names of folders with a role, for servers that do not mark them (SPECIAL-USE, RFC 6154). Lower case, whole names.
import type { FolderRole } from '../port.ts';

const NAMES: Readonly<Record<'sent' | 'drafts' | 'trash' | 'archive' | 'junk', string>> = {
  sent:
    'sent|sent items|sent mail|sent messages|sent-mail|gesendet|gesendete objekte|gesendete elemente|envoyés|éléments envoyés|messages envoyés|' +
    'enviados|elementos enviados|mensajes enviados|itens enviados|inviati|inviata|posta inviata|elementi inviati|verzonden|verzonden items|verzonden berichten|' +
    'wysłane|elementy wysłane|отправленные|надіслані|skickat|skickade objekt|sendt|sendte elementer|sendt post|lähetetyt|odeslané|odeslaná pošta|odoslané|' +
    'elküldött|elküldött elemek|gönderilenler|gönderilmiş öğeler|σταλμένα|απεσταλμένα|trimise|已发送|已发送邮件|寄件備份|寄件备份|送信済み|送信済みアイテム|보낸 편지함|보낸편지함',
  drafts:
    'drafts|draft|entwürfe|entwurf|brouillons|borradores|borrador|rascunhos|bozze|concepten|kopie robocze|wersje robocze|szkice|черновики|чернетки|utkast|kladder|' +
    'luonnokset|koncepty|rozepsané|piszkozatok|taslaklar|πρόχειρα|ciorne|草稿|草稿箱|草稿匣|下書き|임시 보관함|임시보관함',
  trash:
    'trash|deleted|deleted items|deleted messages|bin|papierkorb|gelöscht|gelöschte objekte|gelöschte elemente|corbeille|éléments supprimés|papelera|' +
    'elementos eliminados|lixeira|lixo|itens eliminados|cestino|posta eliminata|prullenbak|verwijderde items|kosz|elementy usunięte|корзина|удаленные|удалённые|кошик|' +
    'papperskorgen|borttaget|papirkurv|slettet post|slettede elementer|papirkorg|roskakori|poistetut|koš|odstraněná pošta|kôš|kuka|törölt elemek|çöp kutusu|silinmiş öğeler|' +
    'κάδος απορριμμάτων|διαγραμμένα|coș de gunoi|已删除|已删除邮件|垃圾桶|ごみ箱|ゴミ箱|削除済みアイテム|휴지통|지운 편지함',
  archive:
    'archive|archives|archiv|archivo|arquivo|archivio|archief|archiwum|архив|архів|arkiv|arkisto|archív|archívum|arşiv|αρχείο|arhivă|归档|封存|アーカイブ|보관함',
  junk:
    'junk|junk mail|junk e-mail|junk email|spam|bulk mail|spamverdacht|unerwünscht|unerwünschte werbung|courrier indésirable|indésirables|pourriel|correo no deseado|' +
    'no deseado|lixo eletrônico|posta indesiderata|ongewenste e-mail|ongewenst|wiadomości-śmieci|спам|нежелательная почта|skräppost|søppelpost|uønsket e-mail|uønsket post|' +
    'roskaposti|nevyžádaná pošta|nevyžiadaná pošta|levélszemét|önemsiz|gereksiz e-posta|ανεπιθύμητη αλληλογραφία|垃圾邮件|垃圾郵件|迷惑メール|스팸함|정크 메일',
};

const ROLE_OF: ReadonlyMap<string, FolderRole> = new Map(
  (['sent', 'drafts', 'trash', 'archive', 'junk'] as const).flatMap((role) => NAMES[role].split('|').map((name) => [name, role] as const)),
);

export function roleByName(name: string): FolderRole | undefined {
  return ROLE_OF.get(name.normalize('NFC').trim().toLowerCase());
}
